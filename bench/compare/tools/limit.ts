import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EmbeddedCluster } from '../../../test/support/embedded/cluster.ts';
import type { DataSet } from '../data-set.ts';
import { type Bench, earlierOf, type Job, type Tool, type Work } from '../tool.ts';

const program = fileURLToPath(new URL('limit.py', import.meta.url));
/** Twice the cores of a small machine; a guess, not tuned. */
const threads = 4;
const snapshot = 'bench-limit';

interface File {
  readonly path: string;
  readonly key: string;
  readonly bytes: number;
}

/**
 * A plain copy of a snapshot's files by limit.py: what no tool can beat. Of a second backup it copies only what is new,
 * which it is told; a restore is a download without an import.
 */
export function limitTool({ cluster }: Bench): Tool {
  const stored = new Map<DataSet['name'], { prefix: string; files: readonly File[] }>();

  async function upload(work: Work): Promise<Job> {
    const { dataSet, kind, round } = work;
    const before = kind === 'second' ? earlierOf(stored, work) : undefined;
    const prefix = before?.prefix ?? `limit/${dataSet.name}-${round}`;
    await nodetool(cluster, 'clearsnapshot', '-t', snapshot, '--', dataSet.keyspace);
    await nodetool(cluster, 'snapshot', '-t', snapshot, '--', dataSet.keyspace);
    const files = await snapshotFiles(cluster, dataSet, prefix);
    const known = new Set(before?.files.map(({ key }) => key));
    stored.set(dataSet.name, { prefix, files });
    const changed = files.filter(({ key }) => !known.has(key));
    return { ...(await command(cluster, 'put', changed)), prefix };
  }

  async function download(work: Work): Promise<Job> {
    const { prefix, files } = earlierOf(stored, work);
    const target = join(cluster.dir, 'limit-restore');
    await rm(target, { recursive: true, force: true });
    await mkdir(target);
    const moved = files.map((file) => ({ ...file, path: join(target, file.key) }));
    const remove = (): Promise<void> => rm(target, { recursive: true });
    return { ...(await command(cluster, 'get', moved)), prefix, done: remove };
  }

  return {
    name: 'limit',
    version: 'bench/compare/tools/limit.py',
    prepare: (work) => (work.kind === 'restore' ? download(work) : upload(work)),
  };
}

async function command(
  { dir, s3 }: EmbeddedCluster,
  verb: 'put' | 'get',
  files: readonly File[],
): Promise<Pick<Job, 'argv' | 'hasPodSide' | 'transferSeconds'>> {
  const jobFile = join(dir, 'limit-job.json');
  const { bucket, region, accessKeyId: accessKey, secretAccessKey: secretKey } = s3;
  const endpoint = new URL(s3.endpoint).host;
  await writeFile(
    jobFile,
    JSON.stringify({ endpoint, bucket, region, accessKey, secretKey, threads, files }),
  );
  return {
    argv: ['python3', program, verb, jobFile],
    hasPodSide: false,
    transferSeconds: (output) => Number(/^transferSeconds (\S+)/m.exec(output)?.[1] ?? Number.NaN),
  };
}

async function snapshotFiles(
  cluster: EmbeddedCluster,
  { keyspace }: DataSet,
  prefix: string,
): Promise<readonly File[]> {
  const files: File[] = [];
  const data = join(cluster.nodes[0]?.dataDirectories[0] ?? '', keyspace);
  for (const table of await readdir(data)) {
    const directory = join(data, table, 'snapshots', snapshot);
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      files.push({ path, key: `${prefix}/${table}/${name}`, bytes: (await stat(path)).size });
    }
  }
  return files;
}

async function nodetool(cluster: EmbeddedCluster, ...args: string[]): Promise<void> {
  await cluster.nodes[0]?.nodetool(...args);
}
