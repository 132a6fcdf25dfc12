import { statementKind } from '../../cassandra/cql.ts';
import { withIfNotExists, withReplication } from '../../cassandra/create-statements.ts';
import { CainError } from '../../errors.ts';
import type { SchemaKeyspaceRecord, SchemaTableRecord } from '../../store/schema-records.ts';
import { checkIndexNames } from './check-index-names.ts';
import { type ChosenTables, tablesOf } from './choose-tables.ts';
import {
  findLiveTable,
  type LiveSchema,
  type Statement,
  statementsOf,
  statementsThen,
} from './live-schema.ts';
import type { ReplicationRow } from './target-replication.ts';

export interface Creation {
  /** In the order in which each finds what it needs. */
  readonly statements: readonly string[];
  /** Names of what is missing now. */
  readonly keyspaces: readonly string[];
  readonly tables: readonly SchemaTableRecord[];
  /** What tables that are there get, for people. */
  readonly completed: readonly string[];
}

export const noCreation: Creation = { statements: [], keyspaces: [], tables: [], completed: [] };

/**
 * Pure. What must be made before files can be imported: keyspaces (and, where a keyspace is restored as a whole, its
 * missing types, functions and aggregates) from what DESC said; tables, with their ids, dropped columns and indexes,
 * from their snapshot's schema.cql; views last, since they need their tables.
 */
export function planCreation(
  chosen: ChosenTables,
  live: LiveSchema,
  replications: ReadonlyMap<string, ReplicationRow> = new Map(),
): Creation {
  const keyspaces = chosen.keyspaces.filter(({ keyspace }) => !live.keyspaces.has(keyspace));
  const tables = chosen.groups
    .flatMap(tablesOf)
    .filter(({ keyspace, table }) => !findLiveTable(live, keyspace, table));
  checkIndexNames(tables, live);
  const whole = chosen.isPartial ? keyspaces : chosen.keyspaces;
  const described = whole.flatMap((record) => missingOf(record, live));
  const statements = [
    ...ofKind(described, 'keyspace').map((text) => replicatedAs(text, replications)),
    ...ofKind(described, 'type'),
    ...ofKind(described, 'function'),
    ...ofKind(described, 'aggregate'),
    ...tables.filter(({ type }) => type === 'table').flatMap(creationStatements),
    ...tables.filter(({ type }) => type === 'view').flatMap(creationStatements),
  ];
  return {
    statements,
    keyspaces: [...new Set(keyspaces.map(({ keyspace }) => keyspace))],
    tables,
    completed: [],
  };
}

function ofKind(statements: readonly Statement[], kind: Statement['subject']['kind']): readonly string[] {
  return statements.filter(({ subject }) => subject.kind === kind).map(({ text }) => withIfNotExists(text));
}

/** What the backup's DESC has and the cluster's has not, by its head: functions are told apart by their arguments. */
function missingOf({ keyspace, description }: SchemaKeyspaceRecord, live: LiveSchema): readonly Statement[] {
  const present = new Set((live.statements.get(keyspace) ?? []).map(headOf));
  return statementsOf(description).filter(
    (statement) => statement.subject.keyspace === keyspace && !present.has(headOf(statement)),
  );
}

/** Where the user wants another replication than the backup's. */
function replicatedAs(statement: string, replications: ReadonlyMap<string, ReplicationRow>): string {
  const wanted = replications.get(statementKind(statement).keyspace ?? '');
  return wanted ? withReplication(statement, wanted) : statement;
}

function headOf({ text, subject }: Statement): string {
  const isOverloaded = subject.kind === 'function' || subject.kind === 'aggregate';
  const args = isOverloaded
    ? text.slice(text.indexOf('('), text.indexOf(')') + 1).replaceAll(/\s+/g, ' ')
    : '';
  return [subject.kind, subject.keyspace ?? '', subject.name ?? '', args].join(' ');
}

function creationStatements(record: SchemaTableRecord): readonly string[] {
  const { keyspace, table } = record;
  const statements = statementsThen(record);
  const stranger = statements.find(({ subject }) => !isOfTable(subject, keyspace, table));
  if (stranger) {
    throw new CainError(
      'CAIN_RESTORE_SCHEMA',
      `The backup's schema of ${keyspace}.${table} holds a statement that is none of that table: ${JSON.stringify(stranger.text.slice(0, 80))}`,
      { hint: 'Cassandra writes no such statement into a snapshot: look at who can write to the bucket.' },
    );
  }
  if (
    statements.some(({ subject: { kind, name } }) => (kind === 'table' || kind === 'view') && name === table)
  ) {
    return statements.map(({ text }) => withIfNotExists(text));
  }
  throw new CainError(
    'CAIN_RESTORE_SCHEMA',
    `Table ${keyspace}.${table} is missing, and CQL can't describe it`,
    {
      hint: 'Its schema was made by an interface older than CQL. Create the table by hand, or leave it out (CAIN_TABLE).',
    },
  );
}

/** What a snapshot's schema.cql may hold. Whoever can write to the bucket must not have other statements run. */
function isOfTable(
  { kind, keyspace, name, table: on }: Statement['subject'],
  ofKeyspace: string,
  ofTable: string,
): boolean {
  if (keyspace !== undefined && keyspace !== ofKeyspace) return false;
  switch (kind) {
    case 'table':
    case 'view':
    case 'alter-table':
      return name === ofTable;
    case 'index':
    case 'trigger':
      return on === ofTable;
    case 'type':
      return true;
    default:
      return false;
  }
}
