import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOrFail } from '../../test/support/embedded/run-program.ts';
import { changeOnePercent, type DataSet, filesOf } from './data-set.ts';
import { type FailedRun, measure } from './measure.ts';
import { orderOf } from './order.ts';
import type { CaseName, Measurement, Row, ToolName } from './result.ts';
import { hasShownEnough, rowOf } from './statistics.ts';
import type { Bench, Job, Tool, ToolOrWhy, Work } from './tool.ts';

export interface CaseToRun {
  readonly name: CaseName;
  readonly kind: Work['kind'];
  readonly dataSet: DataSet;
  readonly tools: readonly ToolOrWhy[];
  /** At most. */
  readonly rounds: number;
  /** Which turn the first round is: what came first in the case before does not in this one. */
  readonly turn: number;
  /** Asked before each round but the first. */
  mayGoOn(): boolean;
}

interface Standing {
  readonly rounds: Array<Measurement | undefined>;
  why?: string;
}

/** All tools in turn, several rounds, each round in another order; one that fails is out of this case. */
export async function runCase(
  bench: Bench,
  { name, kind, dataSet, tools, rounds, turn, mayGoOn }: CaseToRun,
  announce: (line: string) => void,
): Promise<readonly Row[]> {
  const standings = new Map<ToolName, Standing>(tools.map((tool) => [tool.name, startOf(tool)]));
  const running = tools.filter((tool) => 'prepare' in tool);
  // A tool whose restore fails may leave less behind; those after it are held to what there was.
  const dataBytes = await sizeOfData(bench, dataSet);
  for (let round = 0; round < rounds && (round === 0 || mayGoOn()); round++) {
    if (kind === 'second') await changeOnePercent(bench.cluster, dataSet);
    for (const tool of orderOf(running, turn + round)) {
      const standing = standings.get(tool.name) ?? { rounds: [] };
      if (standing.why !== undefined) continue;
      if (round > 0 && kind !== 'second' && isSlow(standing, [...standings.values()])) {
        standing.rounds[round] = undefined;
        continue;
      }
      try {
        standing.rounds[round] = await runOnce(bench, tool, { kind, dataSet, round, dataBytes });
        announce(`  ${name}, round ${round + 1} of ${rounds}: ${summary(tool.name, standing.rounds[round])}`);
      } catch (error) {
        standing.why = error instanceof Error ? error.message : String(error);
        announce(`  ${name}: ${tool.name} fails: ${standing.why}`);
        await keepOutput(bench, `${name}-${tool.name}`, error);
        await startAgain(bench);
      }
    }
  }
  const limits = standings.get('limit')?.rounds ?? [];
  return [...standings].map(([tool, { rounds: measured, why }]) =>
    why === undefined ? rowOf({ case: name, tool, rounds: measured, limits }) : { case: name, tool, why },
  );
}

function isSlow({ rounds: [first] }: Standing, all: readonly Standing[]): boolean {
  const fastest = Math.min(...all.map(({ rounds }) => rounds[0]?.wallSeconds ?? Number.POSITIVE_INFINITY));
  return first !== undefined && hasShownEnough(first.wallSeconds, fastest);
}

/** A tool that failed half-way may have left Cassandra stopped; the next ones need it. */
async function startAgain({ cluster }: Bench): Promise<void> {
  const node = cluster.nodes[0];
  if (node && !node.isRunning) await node.start();
}

/** The whole of what a tool said that failed, for whoever wants to know more than the row says. */
async function keepOutput({ logDirectory }: Bench, name: string, error: unknown): Promise<void> {
  const { output } = error as Partial<FailedRun>;
  if (output === undefined) return;
  await mkdir(logDirectory, { recursive: true });
  await writeFile(join(logDirectory, `${name}.log`), output);
}

function startOf(tool: ToolOrWhy): Standing {
  return 'why' in tool ? { rounds: [], why: tool.why } : { rounds: [] };
}

async function runOnce(
  bench: Bench,
  tool: Tool,
  work: Work & { readonly dataBytes: number },
): Promise<Measurement> {
  const { cluster, phases, database } = bench;
  const job = await tool.prepare(work);
  const storedBefore = await bytesUnder(bench, job);
  // What others wrote must not be written back while this one runs.
  await runOrFail(['sync']);
  phases.take();
  const databaseBefore = database.seconds();
  const { measurement, traffic, output } = await measure(cluster, job);
  const databaseCpuSeconds = database.seconds() - databaseBefore;
  const took = phases.take();
  const transferSeconds =
    job.transferSeconds?.(output) ?? took.get(work.kind === 'restore' ? 'stage' : 'transfer');
  const restartSeconds = job.restartSeconds?.();
  const bytes =
    work.kind === 'restore'
      ? await bytesOf(bench, traffic.read)
      : (await bytesUnder(bench, job)) - storedBefore;
  await job.done?.(output);
  if (work.kind === 'restore' && tool.name !== 'limit') {
    const left = await sizeOfData(bench, work.dataSet);
    if (left !== work.dataBytes)
      throw new Error(`After the restore there are ${left} bytes in Data.db files, not ${work.dataBytes}`);
  }
  await tidy(bench, tool, work, job);
  return {
    ...measurement,
    databaseCpuSeconds,
    bytes,
    ...(transferSeconds === undefined ? {} : { transferSeconds }),
    ...(restartSeconds === undefined ? {} : { restartSeconds }),
  };
}

/** Undo snapshots of restores and what the tool stored in the round before: neither is needed, both take room. */
async function tidy(
  { cluster }: Bench,
  { name }: Tool,
  { kind, dataSet, round }: Work,
  job: Job,
): Promise<void> {
  if (kind === 'restore') await cluster.nodes[0]?.nodetool('clearsnapshot', '--all');
  if (kind !== 'first' || round === 0) return;
  const bucket = join(cluster.s3.directory, cluster.s3.bucket);
  const before = job.prefix.replace(`${dataSet.name}-${round}`, `${dataSet.name}-${round - 1}`);
  if (before !== job.prefix && before.startsWith(name))
    await rm(join(bucket, before), { recursive: true, force: true });
}

/** Objects are files of the S3 server. */
async function bytesUnder({ cluster }: Bench, { prefix }: Job): Promise<number> {
  const directory = join(cluster.s3.directory, cluster.s3.bucket, prefix);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

async function bytesOf({ cluster }: Bench, paths: ReadonlySet<string>): Promise<number> {
  const sizes = await Promise.all(
    [...paths].map((path) => stat(join(cluster.s3.directory, path)).catch(() => undefined)),
  );
  return sizes.reduce((sum, found) => sum + (found?.size ?? 0), 0);
}

async function sizeOfData({ cluster }: Bench, dataSet: DataSet): Promise<number> {
  const files = await filesOf(cluster, dataSet);
  return files.filter(({ path }) => path.endsWith('-Data.db')).reduce((sum, { bytes }) => sum + bytes, 0);
}

function summary(name: ToolName, measurement: Measurement | undefined): string {
  if (!measurement) return name;
  const { wallSeconds, cpuSeconds, peakRssBytes, s3Requests, bytes } = measurement;
  return `${name} ${wallSeconds.toFixed(1)} s, CPU ${cpuSeconds.toFixed(1)} s and ${(measurement.databaseCpuSeconds ?? 0).toFixed(1)} s in Cassandra, ${Math.round(peakRssBytes / 2 ** 20)} MiB, ${s3Requests} requests, ${Math.round(bytes / 1e6)} MB`;
}
