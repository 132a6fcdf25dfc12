import { createHash } from 'node:crypto';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { type RecordReader, readRecord } from '../record.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

export interface SchemaColumn {
  readonly name: string;
  readonly kind: string;
  readonly position: number;
  readonly type: string;
}

export interface SchemaTable {
  readonly keyspace: string;
  readonly name: string;
  /** With dashes, as system_schema gives it. */
  readonly id: string;
  readonly kind: 'table' | 'view';
  /** Of a view: its base table. */
  readonly baseTable?: string;
  readonly columns: readonly SchemaColumn[];
}

export interface SchemaKeyspace {
  readonly name: string;
  readonly replication: Readonly<Record<string, string>>;
  readonly tables: readonly SchemaTable[];
}

export interface Schema {
  readonly keyspaces: readonly SchemaKeyspace[];
  /** Rows of system_schema.dropped_columns as they came; `droppedColumnsOf` reads them. */
  readonly droppedColumns: readonly unknown[];
  /** Changes with every change of tables, ids, columns, types, indexes, views, functions or replication. */
  readonly fingerprint: string;
}

const schemaTables = [
  'keyspaces',
  'tables',
  'views',
  'columns',
  'types',
  'indexes',
  'functions',
  'aggregates',
  'dropped_columns',
  'triggers',
] as const;

/** A cqlsh costs more than what it asks: who needs other tables too asks for all of them in one. */
export const schemaStatements = schemaTables.map((table) => `SELECT JSON * FROM system_schema.${table};`);

const schemaBody = `
section schema
cqlsh_ "${schemaStatements.join(' ')}"
`;

/** The whole schema, ids too, in one exec call. */
export async function readSchema(tools: PodTools, pod: CassandraPod, signal: AbortSignal): Promise<Schema> {
  const sections = await tools.run(pod, { purpose: 'Reading the schema', body: schemaBody, signal });
  return schemaOf(parseJsonRows(sectionOf(sections, 'schema'), schemaTables.length), pod);
}

/** Pure. From the results of `schemaStatements`. */
export function schemaOf(results: ReadonlyArray<readonly unknown[]>, pod: CassandraPod): Schema {
  const rowsOf = (table: SchemaTableName) => results[schemaTables.indexOf(table)] ?? [];
  return buildSchema(rowsOf, `system_schema of pod ${pod.name}`);
}

type SchemaTableName = (typeof schemaTables)[number];

function buildSchema(rowsOf: (table: SchemaTableName) => readonly unknown[], where: string): Schema {
  const readersOf = (table: SchemaTableName): readonly RecordReader[] =>
    rowsOf(table).map((row) => readRecord(row, where));
  const columns = groupBy(readersOf('columns'), (row) => tableKey(row, 'table_name'));
  const columnsOf = (key: string): readonly SchemaColumn[] => (columns.get(key) ?? []).map(readColumn);
  const tables = [
    ...readersOf('tables').map(
      (row): SchemaTable => ({
        keyspace: row.string('keyspace_name'),
        name: row.string('table_name'),
        id: row.string('id'),
        kind: 'table',
        columns: columnsOf(tableKey(row, 'table_name')),
      }),
    ),
    ...readersOf('views').map(
      (row): SchemaTable => ({
        keyspace: row.string('keyspace_name'),
        name: row.string('view_name'),
        id: row.string('id'),
        kind: 'view',
        baseTable: row.string('base_table_name'),
        columns: columnsOf(tableKey(row, 'view_name')),
      }),
    ),
  ];
  const byKeyspace = groupBy(tables, ({ keyspace }) => keyspace);
  return {
    keyspaces: readersOf('keyspaces').map((row) => ({
      name: row.string('keyspace_name'),
      replication: row.stringMap('replication'),
      tables: byKeyspace.get(row.string('keyspace_name')) ?? [],
    })),
    droppedColumns: rowsOf('dropped_columns'),
    fingerprint: fingerprintOf(rowsOf),
  };
}

/** Over the user keyspaces and the system ones alike; rows are sorted, since a node may list them in another order. */
function fingerprintOf(rowsOf: (table: SchemaTableName) => readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const table of schemaTables) {
    for (const row of rowsOf(table)
      .map((value) => JSON.stringify(value))
      .toSorted())
      hash.update(`${table} ${row}\n`);
  }
  return hash.digest('hex');
}

function readColumn(row: RecordReader): SchemaColumn {
  return {
    name: row.string('column_name'),
    kind: row.string('kind'),
    position: row.number('position'),
    type: row.string('type'),
  };
}

function tableKey(row: RecordReader, nameColumn: string): string {
  return `${row.string('keyspace_name')}.${row.string(nameColumn)}`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
