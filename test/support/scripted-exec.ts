import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { type Exec, KubeConfig, type V1Status } from '@kubernetes/client-node';
import { type WebSocket, WebSocketServer } from 'ws';
import { createExec } from '../../src/kubernetes/exec-client.ts';
import type { CassandraPod } from '../../src/kubernetes/pods.ts';

/** An API server whose exec sends just the frames that a test wants, in an order that a real one hardly ever has. */
export interface ScriptedExec {
  readonly exec: Exec;
  readonly pod: CassandraPod;
  /** TCP connections that are open now. */
  connections(): number;
  /** All that came over the wire, frames and masks as they are. */
  received(): Buffer;
  close(): Promise<void>;
}

export interface ScriptOptions {
  /** The upgrade is taken and never answered. */
  readonly isMute?: boolean;
  readonly handshakeMs?: number;
  /** The upgrade is refused with this status line: `404 Not Found`. */
  readonly refusal?: string;
}

export async function startScriptedExec(
  script: (socket: WebSocket) => void | Promise<void>,
  { isMute = false, handshakeMs, refusal }: ScriptOptions = {},
): Promise<ScriptedExec> {
  const server = createServer();
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: () => 'v5.channel.k8s.io',
  });
  const connections = new Set<Socket>();
  const received: Buffer[] = [];
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (bytes) => received.push(bytes));
  });
  server.on('upgrade', (request, socket, head) => {
    // What is not read would never be seen to end.
    if (isMute) socket.resume().on('end', () => socket.destroy());
    else if (refusal) socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\n\r\n`);
    else sockets.handleUpgrade(request, socket, head, (webSocket) => void script(webSocket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'scripted', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'cain', token: 'scripted-token' },
  );
  return {
    exec: createExec(config, handshakeMs),
    pod: { namespace: 'cassandra', name: 'cassandra-0', container: 'cassandra', uid: 'u', isReady: true },
    connections: () => connections.size,
    received: () => Buffer.concat(received),
    async close() {
      for (const socket of connections) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A frame of a channel: 1 stdout, 2 stderr, 3 status, 255 CLOSE. */
export function frame(channel: number, content: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([channel]), Buffer.from(content)]);
}

export function statusFrame(exitCode = 0): Buffer {
  const status: V1Status =
    exitCode === 0
      ? { status: 'Success' }
      : {
          status: 'Failure',
          reason: 'NonZeroExitCode',
          details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
        };
  return frame(3, JSON.stringify(status));
}
