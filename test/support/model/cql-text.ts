import { quoteIdentifier } from '../../../src/cassandra/cql.ts';

export interface ModelColumn {
  readonly name: string;
  readonly type: string;
  readonly kind: 'partition_key' | 'clustering' | 'regular';
  readonly position: number;
}

/** Tables of the model: one partition key, at most one clustering column (views have one), regular columns. */
export interface ModelTable {
  readonly keyspace: string;
  readonly name: string;
  /** With dashes. */
  readonly id: string;
  readonly base?: string;
  readonly columns: readonly ModelColumn[];
}

export interface ModelKeyspace {
  readonly name: string;
  /** By data centre. */
  readonly factors: ReadonlyMap<string, number>;
}

/** What 5.0 prints behind a table's columns, whatever the table (measured with 5.0.9). */
const optionsBefore = [
  "additional_write_policy = '99p'",
  'allow_auto_snapshot = true',
  'bloom_filter_fp_chance = 0.01',
  "caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'}",
  'cdc = false',
  "comment = ''",
  "compaction = {'class': 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy', 'max_threshold': '32', 'min_threshold': '4'}",
  "compression = {'chunk_length_in_kb': '16', 'class': 'org.apache.cassandra.io.compress.LZ4Compressor'}",
  "memtable = 'default'",
  'crc_check_chance = 1.0',
];
const optionsAfter = [
  'extensions = {}',
  'gc_grace_seconds = 864000',
  'incremental_backups = true',
  'max_index_interval = 2048',
  'memtable_flush_period_in_ms = 0',
  'min_index_interval = 128',
  "read_repair = 'BLOCKING'",
  "speculative_retry = '99p'",
];

export function describeKeyspaceText(keyspace: ModelKeyspace, tables: readonly ModelTable[]): string {
  const statements = [keyspaceStatement(keyspace)];
  for (const table of inOrder(tables.filter(({ base }) => base === undefined))) {
    statements.push(createStatement(table, { ifNotExists: false, withId: false }));
    for (const view of inOrder(tables.filter(({ base }) => base === table.name)))
      statements.push(createStatement(view, { ifNotExists: false, withId: false }));
  }
  return statements.map((statement) => `${statement};\n`).join('\n');
}

/** A snapshot's own schema.cql. */
export function schemaFileText(table: ModelTable): string {
  return `${createStatement(table, { ifNotExists: true, withId: true })};\n`;
}

function keyspaceStatement({ name, factors }: ModelKeyspace): string {
  const replication = [
    "'class': 'NetworkTopologyStrategy'",
    ...[...factors].map(([dataCenter, factor]) => `'${dataCenter}': '${factor}'`),
  ].join(', ');
  return `CREATE KEYSPACE ${quoteIdentifier(name)} WITH replication = {${replication}}  AND durable_writes = true`;
}

interface StatementForm {
  readonly ifNotExists: boolean;
  readonly withId: boolean;
}

function createStatement(table: ModelTable, { ifNotExists, withId }: StatementForm): string {
  const isView = table.base !== undefined;
  const options = [
    ...(withId ? [`ID = ${table.id}`] : []),
    ...(isView ? [`CLUSTERING ORDER BY (${quoteIdentifier(clusteringOf(table))} ASC)`] : []),
    ...optionsBefore,
    ...(isView ? [] : ['default_time_to_live = 0']),
    ...optionsAfter,
  ].join('\n    AND ');
  const exists = ifNotExists ? 'IF NOT EXISTS ' : '';
  const name = `${quoteIdentifier(table.keyspace)}.${quoteIdentifier(table.name)}`;
  if (!isView) {
    const columns = table.columns.map(
      ({ name: column, type, kind }) =>
        `    ${quoteIdentifier(column)} ${type}${kind === 'partition_key' ? ' PRIMARY KEY' : ''}`,
    );
    return `CREATE TABLE ${exists}${name} (\n${columns.join(',\n')}\n) WITH ${options}`;
  }
  const keys = [partitionKeyOf(table), clusteringOf(table)].map(quoteIdentifier);
  return [
    `CREATE MATERIALIZED VIEW ${exists}${name} AS`,
    '    SELECT *',
    `    FROM ${quoteIdentifier(table.keyspace)}.${quoteIdentifier(table.base ?? '')}`,
    `    WHERE ${keys.map((key) => `${key} IS NOT NULL`).join(' AND ')}`,
    `    PRIMARY KEY (${keys.join(', ')})`,
    ` WITH ${options}`,
  ].join('\n');
}

export function partitionKeyOf(table: ModelTable): string {
  return table.columns.find(({ kind }) => kind === 'partition_key')?.name ?? '';
}

function clusteringOf(table: ModelTable): string {
  return table.columns.find(({ kind }) => kind === 'clustering')?.name ?? '';
}

function inOrder(tables: readonly ModelTable[]): readonly ModelTable[] {
  return tables.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
