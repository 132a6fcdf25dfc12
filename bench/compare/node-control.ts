import { once } from 'node:events';
import { createServer } from 'node:http';
import type { EmbeddedNode } from '../../test/support/embedded/cassandra-node.ts';
import type { DatabaseCpu } from './database-cpu.ts';

/** Lets a tool that is no program of ours stop and start Cassandra, as `service cassandra stop` would. */
export interface NodeControl {
  readonly stopCommand: string;
  readonly startCommand: string;
  /** What stops and starts took since the last call. */
  takeSeconds(): number;
  close(): Promise<void>;
}

const limitSeconds = 300;

export async function startNodeControl(node: EmbeddedNode, cpu: DatabaseCpu): Promise<NodeControl> {
  const stop = async () => {
    cpu.leave();
    await node.stop();
  };
  const actions: Readonly<Record<string, () => Promise<void>>> = { '/stop': stop, '/start': node.start };
  let seconds = 0;
  const server = createServer((request, response) => {
    const startedAt = performance.now();
    const act = actions[request.url ?? ''] ?? (() => Promise.reject(new Error('no such action')));
    const timed = act().finally(() => {
      seconds += (performance.now() - startedAt) / 1000;
    });
    timed.then(
      () => response.writeHead(200).end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const command = (action: string): string =>
    `python3 -c 'from urllib.request import urlopen; urlopen("http://127.0.0.1:${port}/${action}", timeout=${limitSeconds})'`;
  return {
    stopCommand: command('stop'),
    startCommand: command('start'),
    takeSeconds() {
      const taken = seconds;
      seconds = 0;
      return taken;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
