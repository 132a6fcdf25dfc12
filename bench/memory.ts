/**
 * Peak memory of a backup by size of its data, of Cain and of its program in the pod, either way of transfer: it must not
 * grow with the data. `npm run bench:memory`; a few minutes and about 8 GB of disk. CAIN_BENCH_MEMORY_MB=1000,10000 asks for
 * other sizes; the largest takes four times its bytes of disk.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import { type EmbeddedCluster, startEmbeddedCluster } from '../test/support/embedded/cluster.ts';
import { imageEnv } from '../test/support/image-env.ts';
import { buildCain, startCain } from '../test/support/run-cain.ts';
import { descendants, readProcesses } from './compare/process-table.ts';

const blobBytes = 512 * 1024;
const sizes = readSizes(process.env.CAIN_BENCH_MEMORY_MB || '200,2000');
/** The data, what compactions hold of it, and a backup of each way; and the rest of it all. */
const diskPerByte = 4;
const fixedBytes = 2e9;
const ways = ['direct', 'exec'] as const;
const writesInFlight = 8;

await refuseWithoutDisk(Math.max(...sizes));
await buildCain();
const cluster = await startEmbeddedCluster({ nodes: 1, heapMb: 512, announce: console.log });
try {
  await measure(cluster);
} finally {
  await cluster.stop();
}

async function measure({ cql, env, s3 }: EmbeddedCluster): Promise<void> {
  const client = await cql();
  await client.execute(
    "CREATE KEYSPACE big WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
  );
  await client.execute(
    "CREATE TABLE big.blobs (id int PRIMARY KEY, v blob) WITH compression = {'enabled': 'false'}",
  );
  const peaks = new Map<string, number[]>();
  let written = 0;
  for (const size of sizes) {
    await writeBlobs(client, written, Math.floor(size / blobBytes));
    written = Math.floor(size / blobBytes);
    for (const way of ways) {
      const destination = `s3://${s3.bucket}/memory-${way}`;
      await rm(join(s3.directory, s3.bucket, `memory-${way}`), { recursive: true, force: true });
      const peak = await backup(
        env({ ...imageEnv(), CAIN_FULL: 'true', CAIN_TRANSFER: way, CAIN_DST: destination }),
      );
      const { seconds, bytes, cainMiB, agentMiB } = peak;
      for (const [name, mebibytes] of Object.entries({ Cain: cainMiB, 'its program in the pod': agentMiB }))
        peaks.set(`${way}, ${name}`, [...(peaks.get(`${way}, ${name}`) ?? []), mebibytes]);
      console.log(
        `${(bytes / 1e6).toFixed(0)} MB ${way}: peak of Cain ${cainMiB.toFixed(0)} MiB, of its program in the pod ${agentMiB.toFixed(0)} MiB, ${seconds} s (${s3.server})`,
      );
    }
  }
  for (const [name, values] of peaks) {
    const [first = 0, last = 0] = [values[0], values.at(-1)];
    if (first > 0) console.log(`Last peak over the first, ${name}: ${(last / first).toFixed(2)}`);
  }
  await client.shutdown();
}

async function writeBlobs(client: Client, from: number, to: number): Promise<void> {
  let next = from;
  const write = async (): Promise<void> => {
    while (next < to) {
      const id = next++;
      await client.execute('INSERT INTO big.blobs (id, v) VALUES (?, ?)', [id, randomBytes(blobBytes)], {
        prepare: true,
      });
    }
  };
  await Promise.all(Array.from({ length: writesInFlight }, write));
}

interface Peak {
  readonly seconds: number;
  readonly bytes: number;
  readonly cainMiB: number;
  readonly agentMiB: number;
}

async function backup(env: Record<string, string>): Promise<Peak> {
  const run = startCain([], env);
  const peak = { cainMiB: 0, agentMiB: 0 };
  // The kernel keeps the peaks; what is missed is only what comes after the last look.
  const look = setInterval(() => {
    peak.cainMiB = Math.max(peak.cainMiB, peakOf(run.pid));
    for (const { pid } of descendants(readProcesses(), process.pid, new Set([run.pid])))
      if (isAgent(pid)) peak.agentMiB = Math.max(peak.agentMiB, peakOf(pid));
  }, 250);
  const { exitCode, seconds, lastCommit, stderr } = await run.ended.finally(() => clearInterval(look));
  if (exitCode !== 0) throw new Error(stderr);
  return { seconds, bytes: Number(lastCommit?.bytes), ...peak };
}

/** Python that reads its program from stdin: cqlsh is Python too. */
function isAgent(pid: number): boolean {
  const [program = '', ...args] = textOf(`/proc/${pid}/cmdline`).split('\0');
  return program.endsWith('python3') && args.includes('-c') && args.includes('-I');
}

function peakOf(pid: number): number {
  const [, kibibytes = '0'] = /VmHWM:\s+(\d+)/.exec(textOf(`/proc/${pid}/status`)) ?? [];
  return Number(kibibytes) / 1024;
}

/** Nothing of a process that has ended. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readSizes(list: string): readonly number[] {
  const megabytes = list.split(',').map(Number);
  if (megabytes.every((size, index) => Number.isInteger(size) && size > (megabytes[index - 1] ?? 0)))
    return megabytes.map((size) => size * 1e6);
  throw new Error('CAIN_BENCH_MEMORY_MB must be whole numbers above 0, each larger than the one before');
}

async function refuseWithoutDisk(largest: number): Promise<void> {
  const { bavail, bsize } = await statfs(tmpdir());
  const needed = largest * diskPerByte + fixedBytes;
  if (bavail * bsize >= needed) return;
  const [wants, free] = [needed, bavail * bsize].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
  throw new Error(
    `This takes ${wants} of disk, and ${free} are free (${tmpdir()}): set CAIN_BENCH_MEMORY_MB`,
  );
}
