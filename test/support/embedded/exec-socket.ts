import type { V1Status } from '@kubernetes/client-node';
import type { WebSocket } from 'ws';

/** Kubernetes' exec protocol: the first byte of each binary message is its channel. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

export const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

/** The process is paused while this much waits in the socket. */
const mostBufferedBytes = 1024 * 1024;

/** Resolves when the socket can take more: a client that does not read holds up the process. */
export async function sendOn(socket: WebSocket, number: number, data: Buffer): Promise<void> {
  if (socket.readyState !== socket.OPEN) return;
  const message = Buffer.allocUnsafe(data.length + 1);
  message[0] = number;
  data.copy(message, 1);
  const sent = new Promise<void>((resolve) => socket.send(message, () => resolve()));
  if (socket.bufferedAmount > mostBufferedBytes) await sent;
}

export async function sendStatus(socket: WebSocket, status: V1Status): Promise<void> {
  await sendOn(socket, channel.status, Buffer.from(JSON.stringify(status)));
}

export const success: V1Status = { metadata: {}, status: 'Success' };

export function exitStatus(code: number): V1Status {
  if (code === 0) return success;
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

/** What containerd says about a program that the image lacks. */
export function noSuchProgram(program: string): V1Status {
  const inner = `exec: "${program}": executable file not found in $PATH: unknown`;
  const message = `OCI runtime exec failed: exec failed: unable to start container process: ${inner}`;
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: error executing command in container: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  };
}
