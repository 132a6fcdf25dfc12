/**
 * Cain beside other tools, on the same node and server in one run: `npm run bench`, about a quarter of an hour. Writes
 * bench/results/latest.{json,md,svg} and the README's table. CAIN_BENCH_LARGE_MB, _SMALL_FILES, _ROUNDS, _MINUTES, _CASES, _TOOLS ask for more or less.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from '../src/version.ts';
import { startEmbeddedCluster } from '../test/support/embedded/cluster.ts';
import { buildCain } from '../test/support/run-cain.ts';
import { type DataSet, filesOf, makeLarge, makeSmall } from './compare/data-set.ts';
import { meterDatabase } from './compare/database-cpu.ts';
import { refuseWithoutSpace } from './compare/disk-space.ts';
import { machine, pythonVersion } from './compare/machine.ts';
import { startNodeControl } from './compare/node-control.ts';
import { notes } from './compare/notes.ts';
import { readOptions } from './compare/options.ts';
import { startPhaseReceiver } from './compare/phase-receiver.ts';
import { reportPlot } from './compare/report-plot.ts';
import { reportText } from './compare/report-table.ts';
import type { BenchResult, CaseName, Row } from './compare/result.ts';
import { runCase } from './compare/run-case.ts';
import { withSummary } from './compare/summary-table.ts';
import type { Bench, Work } from './compare/tool.ts';
import { makeTools } from './compare/tools/all.ts';

const usualDirectory = fileURLToPath(new URL('results', import.meta.url));
const readmeFile = fileURLToPath(new URL('../README.md', import.meta.url));
const options = readOptions(process.env, usualDirectory);
const startedAt = new Date();
const plan: ReadonlyArray<{
  data: DataSet['name'];
  cases: ReadonlyArray<{ name: CaseName; kind: Work['kind'] }>;
}> = [
  {
    data: 'large',
    cases: [
      { name: 'large-first', kind: 'first' },
      { name: 'restore-large', kind: 'restore' },
    ],
  },
  {
    data: 'small',
    cases: [
      { name: 'small-first', kind: 'first' },
      { name: 'second-1-percent', kind: 'second' },
      { name: 'restore-small', kind: 'restore' },
    ],
  },
];

await refuseWithoutSpace(options, tmpdir());
await buildCain();
const cluster = await startEmbeddedCluster({
  nodes: 1,
  heapMb: 512,
  pushgateway: false,
  s3AccessLog: true,
  announce,
});
const phases = await startPhaseReceiver();
const node = cluster.nodes[0] ?? fail('There is no node');
const database = meterDatabase(node);
const control = await startNodeControl(node, database);
try {
  await run({ cluster, phases, database, logDirectory: join(options.resultDirectory, 'failed') });
} finally {
  await Promise.all([phases.close(), control.close()]);
  await cluster.stop();
}

async function run(bench: Bench): Promise<void> {
  const tools = await makeTools(bench, { names: options.tools, control, announce });
  const versions = {
    Cain: version,
    Cassandra: cluster.cassandraVersion,
    S3: cluster.s3.server,
    Node: process.versions.node,
    Python: await pythonVersion(),
    ...Object.fromEntries(tools.flatMap((tool) => ('version' in tool ? [[tool.name, tool.version]] : []))),
  };
  const about = { startedAt: startedAt.toISOString(), machine: machine(), versions, notes };
  const rows: Row[] = [];
  let begun = 0;
  const dataSets: Record<string, { files: number; bytes: number }> = {};
  for (const { data, cases } of plan) {
    const wanted = cases.filter(({ name }) => options.cases.includes(name));
    if (wanted.length === 0) continue;
    const dataSet = await make(data);
    const files = await filesOf(cluster, dataSet);
    dataSets[data] = { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
    for (const { name, kind } of wanted) {
      announce(`Case ${name}`);
      // What one case leaves of its share is the next one's.
      const share = (options.minutes * ++begun) / options.cases.length;
      const mayGoOn = (): boolean => minutesSoFar() < share;
      const { rounds } = options;
      rows.push(
        ...(await runCase(bench, { name, kind, dataSet, tools, rounds, turn: begun, mayGoOn }, announce)),
      );
      // An hour's figures outlive what may go wrong in the next case.
      await write({ ...about, dataSets, rows });
    }
    await drop(dataSet);
  }
  await tell({ ...about, dataSets, rows });
}

async function make(name: DataSet['name']): Promise<DataSet> {
  announce(
    name === 'large'
      ? `Writing ${options.largeBytes / 1e6} MB in large SSTables`
      : `Writing ${options.smallFiles} files of small SSTables`,
  );
  return name === 'large'
    ? await makeLarge(cluster, options.largeBytes)
    : await makeSmall(cluster, options.smallFiles, announce);
}

/** Medusa would take it along with the next. */
async function drop({ keyspace }: DataSet): Promise<void> {
  const client = await cluster.cql();
  await client.execute(`DROP KEYSPACE ${keyspace}`);
  await client.shutdown();
  await cluster.nodes[0]?.nodetool('clearsnapshot', '--all');
  const bucket = join(cluster.s3.directory, cluster.s3.bucket);
  for (const name of await readdir(bucket)) await rm(join(bucket, name), { recursive: true });
}

async function write(result: BenchResult): Promise<void> {
  const directory = options.resultDirectory;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'latest.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  await writeFile(join(directory, 'latest.svg'), reportPlot(result));
  await writeFile(join(directory, 'latest.md'), reportText(result, 'latest.svg'));
}

async function tell(result: BenchResult): Promise<void> {
  if (options.resultDirectory === usualDirectory)
    await writeFile(readmeFile, withSummary(await readFile(readmeFile, 'utf8'), result));
  console.log(`\n${reportText(result, 'latest.svg')}`);
  announce(`Written to ${options.resultDirectory}`);
}

function minutesSoFar(): number {
  return (Date.now() - startedAt.getTime()) / 60_000;
}

function announce(line: string): void {
  console.log(`${minutesSoFar().toFixed(1).padStart(5)} min  ${line}`);
}

function fail(message: string): never {
  throw new Error(message);
}
