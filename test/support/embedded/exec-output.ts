import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { channel, sendOn } from './exec-socket.ts';
import type { ExecFault } from './faults.ts';

/** What becomes of a session whose stdout met its fault. */
export type OutputEnd = 'whole' | 'fault';

export interface ExecOutput {
  readonly socket: WebSocket;
  readonly stdout: AsyncIterable<Buffer>;
  readonly fault: ExecFault | undefined;
  /** Called for what was sent. */
  readonly onSent: (bytes: number) => void;
  /** Called once when the fault strikes, before the rest of the output is thrown away. */
  readonly onFault: () => Promise<void>;
}

const cuttingKinds = new Set(['cut', 'close-without-status', 'truncate-with-success', 'stall', 'freeze']);

/**
 * Sends stdout in step with the socket, up to the byte at which the fault strikes. The rest is read and
 * thrown away, so that the process goes on as one in a real pod does.
 */
export async function sendStdout({ socket, stdout, fault, onSent, onFault }: ExecOutput): Promise<OutputEnd> {
  const isCutting = fault !== undefined && cuttingKinds.has(fault.kind);
  let left = isCutting ? (fault.afterBytes ?? 0) : Number.POSITIVE_INFINITY;
  let isOver = false;
  const strike = async () => {
    isOver = true;
    await onFault();
  };
  if (isCutting && left === 0) await strike();
  for await (const chunk of stdout) {
    if (isOver) continue;
    const part = chunk.subarray(0, Math.min(left, chunk.length));
    if (fault?.kind === 'slow') await sendSlowly(socket, part, fault.bytesPerSecond ?? 1024);
    else await sendOn(socket, channel.stdout, part);
    left -= part.length;
    onSent(part.length);
    if (left === 0) await strike();
  }
  if (isCutting && !isOver && left === Number.POSITIVE_INFINITY) await strike();
  return isOver ? 'fault' : 'whole';
}

async function sendSlowly(socket: WebSocket, data: Buffer, bytesPerSecond: number): Promise<void> {
  const step = Math.max(1, Math.floor(bytesPerSecond / 10));
  for (let at = 0; at < data.length && socket.readyState === socket.OPEN; at += step) {
    await sendOn(socket, channel.stdout, data.subarray(at, at + step));
    await delay(100);
  }
}
