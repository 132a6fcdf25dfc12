import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { prefix } from './step-input.ts';
import type { SyntheticCluster } from './synthetic.ts';

const program = fileURLToPath(new URL('store-server.ts', import.meta.url));

export interface SyntheticStore {
  readonly endpoint: string;
  readonly cluster: SyntheticCluster;
  /** Data objects that were deleted so far. */
  removedObjects(): Promise<number>;
  stop(): Promise<void>;
}

/** A server process with an empty folder of records; it ends when this process does, too. */
export async function startStore(cluster: SyntheticCluster): Promise<SyntheticStore> {
  const directory = await mkdtemp(join(tmpdir(), 'cain-scale-'));
  const args = [directory, prefix, cluster.nodes, cluster.filesPerNode].map(String);
  const child = spawn(process.execPath, ['--import=tsx', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const number = async (): Promise<number> => {
    const { value = '' } = await lines.next();
    const [, digits] = /(\d+)$/.exec(value) ?? [];
    if (digits === undefined) throw new Error(`The synthetic store ended or said "${value}"`);
    return Number(digits);
  };
  const port = await number();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    cluster,
    removedObjects: async () => {
      child.stdin.write('\n');
      return await number();
    },
    async stop() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
