import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import type { EmbeddedCluster } from '../../test/support/embedded/cluster.ts';

/** A keyspace of real SSTables, written, flushed and (the large ones) compacted by Cassandra itself. */
export interface DataSet {
  readonly name: 'large' | 'small';
  readonly keyspace: string;
  readonly tables: readonly string[];
}

/** Compaction is off in the schema: it would change files between two tools. */
const tableOptions = "compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': 'false'}";
const largeTables = 4;
const smallTables = 10;
const largeBlobBytes = 256 * 1024;
/** Of compressed SSTables in the format of 5.0's default. */
const componentsPerSstable = 8;
const componentName = /^[a-z]{2}-[^-]+-(big|bti)-/;
const writesInFlight = 8;
const flushLimitMs = 10 * 60_000;

/** Four SSTables, one a table, of random bytes: nothing to compress. */
export async function makeLarge(cluster: EmbeddedCluster, bytes: number): Promise<DataSet> {
  const dataSet = await createTables(cluster, { name: 'large', keyspace: 'bench_large', count: largeTables });
  const client = await cluster.cql();
  const rows = Math.ceil(bytes / largeTables / largeBlobBytes);
  for (const table of dataSet.tables) {
    const insert = `INSERT INTO ${dataSet.keyspace}.${table} (id, v) VALUES (?, ?)`;
    await inParallel(rows, async (id) => {
      await client.execute(insert, [id, randomBytes(largeBlobBytes)], { prepare: true });
    });
    await nodetool(cluster, 'flush', dataSet.keyspace, table);
    await nodetool(cluster, 'compact', dataSet.keyspace, table);
  }
  await client.shutdown();
  return dataSet;
}

/** Ten tables that Cassandra flushes again and again while rows come in, until there are so many component files. */
export async function makeSmall(
  cluster: EmbeddedCluster,
  files: number,
  announce: (line: string) => void,
): Promise<DataSet> {
  const dataSet = await createTables(cluster, { name: 'small', keyspace: 'bench_small', count: smallTables });
  const client = await cluster.cql();
  await setFlushPeriod(client, dataSet, 250);
  await writeUntil(cluster, client, dataSet, Math.ceil(files / componentsPerSstable), announce);
  await setFlushPeriod(client, dataSet, 0);
  await nodetool(cluster, 'flush', dataSet.keyspace);
  await client.shutdown();
  return dataSet;
}

/** One SSTable more in every hundred. */
export async function changeOnePercent(cluster: EmbeddedCluster, dataSet: DataSet): Promise<void> {
  const client = await cluster.cql();
  const before = (await sstablesOf(cluster, dataSet)).length;
  const wanted = before + Math.max(1, Math.round(before / 100));
  for (let missing = wanted - before; missing > 0; missing -= dataSet.tables.length) {
    await writeRows(client, dataSet, dataSet.tables.slice(0, missing));
    await nodetool(cluster, 'flush', dataSet.keyspace);
  }
  await client.shutdown();
}

/** All files of the live SSTables. */
export async function filesOf(
  cluster: EmbeddedCluster,
  { keyspace }: DataSet,
): Promise<ReadonlyArray<{ readonly path: string; readonly bytes: number }>> {
  const files: Array<{ path: string; bytes: number }> = [];
  for (const data of cluster.nodes[0]?.dataDirectories ?? []) {
    for (const table of await readdir(join(data, keyspace))) {
      for (const file of await readdir(join(data, keyspace, table), { withFileTypes: true })) {
        const path = join(data, keyspace, table, file.name);
        // A flush has a log of its own in there, which goes with its end.
        const found = componentName.test(file.name) ? await stat(path).catch(() => undefined) : undefined;
        if (found?.isFile()) files.push({ path, bytes: found.size });
      }
    }
  }
  return files;
}

async function sstablesOf(cluster: EmbeddedCluster, dataSet: DataSet): Promise<readonly string[]> {
  const files = await filesOf(cluster, dataSet);
  return files.map(({ path }) => path).filter((path) => path.endsWith('-Data.db'));
}

async function createTables(
  cluster: EmbeddedCluster,
  { name, keyspace, count }: { name: DataSet['name']; keyspace: string; count: number },
): Promise<DataSet> {
  const client = await cluster.cql();
  await client.execute(
    `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
  );
  const tables = Array.from({ length: count }, (_, index) => `t${index + 1}`);
  for (const table of tables) {
    await client.execute(
      `CREATE TABLE ${keyspace}.${table} (id int PRIMARY KEY, v blob) WITH ${tableOptions}`,
    );
  }
  await client.shutdown();
  return { name, keyspace, tables };
}

async function setFlushPeriod(
  client: Client,
  { keyspace, tables }: DataSet,
  periodMs: number,
): Promise<void> {
  for (const table of tables) {
    await client.execute(`ALTER TABLE ${keyspace}.${table} WITH memtable_flush_period_in_ms = ${periodMs}`);
  }
}

async function writeUntil(
  cluster: EmbeddedCluster,
  client: Client,
  dataSet: DataSet,
  wanted: number,
  announce: (line: string) => void,
): Promise<void> {
  const limit = Date.now() + flushLimitMs;
  let told = 0;
  for (;;) {
    const found = (await sstablesOf(cluster, dataSet)).length;
    if (found >= wanted) return;
    if (Date.now() > limit) throw new Error(`Cassandra flushed ${found} of ${wanted} SSTables in time`);
    if (found - told >= wanted / 4) {
      announce(`  ${found} of ${wanted} SSTables`);
      told = found;
    }
    await writeRows(client, dataSet, dataSet.tables);
  }
}

let nextId = 0;

/** More rows into later tables: SSTables of many sizes. */
async function writeRows(client: Client, { keyspace }: DataSet, tables: readonly string[]): Promise<void> {
  await Promise.all(
    tables.map(async (table, index) => {
      const insert = `INSERT INTO ${keyspace}.${table} (id, v) VALUES (?, ?)`;
      for (let row = 0; row <= index * 2; row++) {
        await client.execute(insert, [nextId++, randomBytes(2_000)], { prepare: true });
      }
    }),
  );
}

async function inParallel(count: number, write: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await write(next++);
  };
  await Promise.all(Array.from({ length: writesInFlight }, worker));
}

async function nodetool(cluster: EmbeddedCluster, ...args: string[]): Promise<void> {
  const result = await cluster.nodes[0]?.nodetool(...args);
  if (result?.code !== 0) throw new Error(`nodetool ${args.join(' ')}: ${result?.stdout}${result?.stderr}`);
}
