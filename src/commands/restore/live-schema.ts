import { type StatementSubject, splitStatements, statementKind } from '../../cassandra/cql.ts';
import { withoutWarnings } from '../../cassandra/cqlsh-output.ts';
import { describeKeyspaces } from '../../cassandra/descriptions.ts';
import { type DropTimes, droppedColumnsOf } from '../../cassandra/dropped-columns.ts';
import type { PodTools } from '../../cassandra/pod-tools.ts';
import { readSchema, type Schema, type SchemaKeyspace, type SchemaTable } from '../../cassandra/schema.ts';
import type { CassandraPod } from '../../kubernetes/pods.ts';
import { finderBy } from './find-by-key.ts';

export interface Statement {
  readonly text: string;
  readonly subject: StatementSubject;
}

/** What the cluster has now of the keyspaces that are to be restored. */
export interface LiveSchema {
  /** Those that exist, by name. */
  readonly keyspaces: ReadonlyMap<string, SchemaKeyspace>;
  /** What DESC says of them, statement by statement. */
  readonly statements: ReadonlyMap<string, readonly Statement[]>;
  /** By `keyspace.table`. */
  readonly droppedColumns: ReadonlyMap<string, DropTimes>;
}

/** Of the keyspaces with these names; `schema` where it was read a moment ago. */
export async function readLiveSchema(
  tools: PodTools,
  pod: CassandraPod,
  { names, schema: known }: { names: readonly string[]; schema?: Schema },
  signal: AbortSignal,
): Promise<LiveSchema> {
  const schema = known ?? (await readSchema(tools, pod, signal));
  const keyspaces = schema.keyspaces.filter(({ name }) => names.includes(name));
  const descriptions = await describeKeyspaces(
    tools,
    pod,
    keyspaces.map(({ name }) => name),
    signal,
  );
  return {
    keyspaces: new Map(keyspaces.map((keyspace) => [keyspace.name, keyspace])),
    statements: new Map(
      descriptions.map(({ keyspace, text }) => [keyspace, statementsOf(Buffer.from(text).toString('utf8'))]),
    ),
    droppedColumns: droppedColumnsOf(schema.droppedColumns, `system_schema of pod ${pod.name}`),
  };
}

/** The statements of what DESC printed, or of a snapshot's schema.cql. */
export function statementsOf(description: string): readonly Statement[] {
  return splitStatements(withoutWarnings(description)).map((text) => ({
    text,
    subject: statementKind(text),
  }));
}

/** Those of a table's schema.cql as the backup holds it. Read once: a plan looks at them several times, for each of thousands of tables. */
export function statementsThen(record: { readonly schemaText: string }): readonly Statement[] {
  const known = ofRecords.get(record) ?? statementsOf(record.schemaText);
  ofRecords.set(record, known);
  return known;
}

const ofRecords = new WeakMap<object, readonly Statement[]>();

export function findLiveTable(
  { keyspaces }: LiveSchema,
  keyspace: string,
  table: string,
): SchemaTable | undefined {
  return tablesNamed(keyspaces.get(keyspace)?.tables ?? [], table)[0];
}

const tablesNamed = finderBy(({ name }: SchemaTable) => name);

/** The CREATE statement of a table or view, as DESC tells it. */
export function creationIn({ statements }: LiveSchema, keyspace: string, table: string): string | undefined {
  return creationOf(statements.get(keyspace) ?? [], table)?.text;
}

/** The CREATE statement of a table or view, among those of its keyspace. */
export function creationOf(statements: readonly Statement[], table: string): Statement | undefined {
  return creationsNamed(statements, table)[0];
}

const creationsNamed = finderBy(({ subject: { kind, name } }: Statement) =>
  kind === 'table' || kind === 'view' ? name : undefined,
);
