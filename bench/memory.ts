/**
 * Peak memory of a backup for 200 MB and for 2 GB on one node: it must not grow with the data.
 * `npm run bench:memory`; a few minutes and about 6 GB of disk.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Client } from 'cassandra-driver';
import { type EmbeddedCluster, startEmbeddedCluster } from '../test/support/embedded/cluster.ts';
import { buildCain, startCain } from '../test/support/run-cain.ts';

const blobBytes = 512 * 1024;
const sizes = [200_000_000, 2_000_000_000];
const writesInFlight = 8;

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
  const peaks: number[] = [];
  let written = 0;
  for (const size of sizes) {
    await writeBlobs(client, written, Math.floor(size / blobBytes));
    written = Math.floor(size / blobBytes);
    const { seconds, bytes, peakMiB } = await backup(env({ CAIN_FULL: 'true' }));
    peaks.push(peakMiB);
    console.log(
      `${(bytes / 1e6).toFixed(0)} MB: peak ${peakMiB.toFixed(0)} MiB, ${seconds} s (${s3.server})`,
    );
  }
  const [small = 0, large = 0] = peaks;
  console.log(`Ratio of the peaks: ${(large / small).toFixed(2)}`);
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

async function backup(
  env: Record<string, string>,
): Promise<{ seconds: number; bytes: number; peakMiB: number }> {
  const run = startCain([], env);
  let peakMiB = 0;
  // The kernel keeps the peak; what is missed is only what comes after the last look.
  const look = setInterval(() => {
    peakMiB = Math.max(peakMiB, peakOf(run.pid));
  }, 100);
  const { exitCode, seconds, lastCommit, stderr } = await run.ended.finally(() => clearInterval(look));
  if (exitCode !== 0) throw new Error(stderr);
  return { seconds, bytes: Number(lastCommit?.bytes), peakMiB };
}

function peakOf(pid: number): number {
  try {
    const [, kibibytes = '0'] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes) / 1024;
  } catch {
    return 0;
  }
}
