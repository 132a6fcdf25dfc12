import { descendingColumns } from '../../cassandra/create-statements.ts';
import type { SchemaTable } from '../../cassandra/schema.ts';
import { CainError } from '../../errors.ts';
import type { SchemaTableRecord } from '../../store/schema-records.ts';
import { type ChosenTable, type ChosenTables, tablesOf } from './choose-tables.ts';
import {
  droppedThen,
  hasLostDrop,
  hiddenColumns,
  isDroppedSince,
  liveColumns,
  unknownColumns,
} from './compare-dropped.ts';
import { finderBy } from './find-by-key.ts';
import { creationOf, findLiveTable, type LiveSchema, type Statement, statementsThen } from './live-schema.ts';
import { diffLines, tableLines, typeLines } from './schema-diff.ts';

export interface SchemaComparison {
  /** Why the backup's files can't be read in these tables. */
  readonly differences: readonly string[];
  /** Other differences that people should know of. */
  readonly notes: readonly string[];
  /** Tables and types that differ, in the words of CQL. */
  readonly diff: readonly string[];
}

export interface ComparisonOptions {
  /** Views are dropped and made again: they need not fit. */
  readonly rebuildsViews?: boolean;
  /** One node gets what it lost, and shows no more of it than the others do. */
  readonly isAlone?: boolean;
}

/**
 * Pure. Compares the chosen tables that exist with the backup's: import finds a missing column, but takes files of
 * a column of another type, and the table then can't be read.
 */
export function compareSchema(
  chosen: ChosenTables,
  live: LiveSchema,
  { rebuildsViews = false, isAlone = false }: ComparisonOptions = {},
): SchemaComparison {
  const differences: string[] = [];
  const notes: string[] = [];
  const diff: string[] = [];
  compareTypes(chosen.groups.flatMap(tablesOf), live, { differences, notes, diff });
  for (const group of chosen.groups) {
    for (const record of tablesOf(group)) {
      const table = findLiveTable(live, record.keyspace, record.table);
      if (!table) continue;
      compareTable(record, table, live, { differences, notes, diff });
      if (!isAlone) differences.push(...hiddenColumns(record, liveColumns(table, live)));
    }
    const views = viewsOf(live.keyspaces.get(group.keyspace)?.tables ?? [], group.base.table);
    for (const { name } of rebuildsViews ? [] : views) {
      if (group.views.some(({ table }) => table === name)) continue;
      differences.push(
        `${group.keyspace}.${name} is a view of ${group.base.table} that the backup does not hold: it would be emptied and not filled again`,
      );
    }
  }
  if (!chosen.isPartial) notes.push(...tablesLeftAlone(chosen, live));
  return { differences, notes, diff };
}

const viewsOf = finderBy(({ baseTable }: SchemaTable) => baseTable);

function tablesLeftAlone({ groups }: ChosenTables, { keyspaces }: LiveSchema): readonly string[] {
  const held = new Set(groups.flatMap(tablesOf).map(({ keyspace, table }) => `${keyspace}.${table}`));
  return [...keyspaces.values()]
    .flatMap(({ tables }) => tables.map(({ keyspace, name }) => `${keyspace}.${name}`))
    .filter((name) => !held.has(name))
    .map((name) => `${name} is not in the backup and stays as it is`);
}

/** Throws CAIN_RESTORE_SCHEMA with each difference as a sentence, then the tables as a diff. */
export function checkSchema({ differences, diff }: SchemaComparison): void {
  if (differences.length === 0) return;
  const list = differences.map((difference) => `\n  - ${difference}`).join('');
  const shown = diff.map((line) => `\n  ${line}`).join('');
  throw new CainError('CAIN_RESTORE_SCHEMA', `The tables differ from those of the backup:${list}${shown}`, {
    hint: 'Nothing was changed. Alter the tables back, or drop them: tables that are missing are created as they were. A column that was dropped comes back only with its table (drop the table, or restore it under another name: CAIN_RENAME).',
    fields: { differences: differences.length },
  });
}

interface Findings {
  readonly differences: string[];
  readonly notes: string[];
  readonly diff: string[];
}

function compareTable(record: ChosenTable, live: SchemaTable, schema: LiveSchema, findings: Findings): void {
  const name = `${record.keyspace}.${record.table}`;
  if (record.type !== live.kind || record.baseTable !== live.baseTable) {
    findings.differences.push(
      `${name} is ${describeKind(live.kind, live.baseTable)}, in the backup ${describeKind(record.type, record.baseTable)}`,
    );
    return;
  }
  if (!record.original && record.id !== live.id)
    findings.notes.push(`${name} was dropped and created again since the backup`);
  const { has: columns, dropped } = liveColumns(live, schema);
  for (const column of record.columns) {
    const now = columns.get(column.name);
    if (!now) {
      const why = isDroppedSince(column.name, droppedThen(record), dropped)
        ? '; it was dropped, and adding it again would not bring its values back'
        : '';
      findings.differences.push(`${name} lacks column ${column.name} (${column.type})${why}`);
    }
    if (now && describeColumn(column) !== describeColumn(now)) {
      findings.differences.push(
        `${name}: column ${column.name} is ${describeColumn(now)}, in the backup ${describeColumn(column)}`,
      );
    }
  }
  const known = new Set(record.columns.map((column) => column.name));
  for (const column of live.columns) {
    if (known.has(column.name)) continue;
    if (isKey(column.kind)) findings.differences.push(`${name} has a new key column ${column.name}`);
    else if (!hasLostDrop(column.name, record, liveColumns(live, schema)))
      findings.notes.push(`${name} has a new column ${column.name}: it will be empty`);
  }
  compareOrder(record, schema, name, findings);
  findings.differences.push(...unknownColumns(record, { has: columns, dropped }));
  findings.diff.push(
    ...diffLines(
      name,
      tableLines(record.columns, creationOf(statementsThen(record), record.table)?.text),
      tableLines(live.columns, creationOf(schema.statements.get(record.keyspace) ?? [], record.table)?.text),
    ),
  );
}

/** Positions count among the key columns alone. */
function describeColumn({ kind, position, type }: { kind: string; position: number; type: string }): string {
  return isKey(kind) ? `${kind} ${position} ${type}` : kind === 'static' ? `static ${type}` : type;
}

function isKey(kind: string): boolean {
  return kind === 'partition_key' || kind === 'clustering';
}

function compareOrder(record: SchemaTableRecord, schema: LiveSchema, name: string, findings: Findings): void {
  const was = creationOf(statementsThen(record), record.table);
  const is = creationOf(schema.statements.get(record.keyspace) ?? [], record.table);
  if (!was || !is) return;
  const before = descendingColumns(was.text);
  const now = descendingColumns(is.text);
  const different = [...new Set([...before, ...now])].filter(
    (column) => before.has(column) !== now.has(column),
  );
  if (different.length > 0)
    findings.differences.push(`${name} is clustered in another order by ${different.join(', ')}`);
}

/** Of the types that the chosen tables use: a snapshot's schema.cql holds just those. */
function compareTypes(tables: readonly SchemaTableRecord[], live: LiveSchema, findings: Findings): void {
  const used = new Map(
    tables.flatMap((record) =>
      typesOf(statementsThen(record)).map(
        ([name, fields]) =>
          [`${record.keyspace}.${name}`, { keyspace: record.keyspace, name, was: fields }] as const,
      ),
    ),
  );
  for (const [fullName, { keyspace, name, was }] of used) {
    const is = new Map(typesOf(live.statements.get(keyspace) ?? [])).get(name);
    if (is === undefined || is.join(', ') === was.join(', ')) continue;
    findings.diff.push(...diffLines(`type ${fullName}`, was, is));
    const isLonger = was.every((field, index) => field === is[index]);
    if (isLonger) findings.notes.push(`Type ${fullName} has new fields: ${is.slice(was.length).join(', ')}`);
    else
      findings.differences.push(`Type ${fullName} is (${is.join(', ')}), in the backup (${was.join(', ')})`);
  }
}

function typesOf(statements: readonly Statement[]): ReadonlyArray<readonly [string, readonly string[]]> {
  return statements
    .filter(({ subject }) => subject.kind === 'type')
    .map(({ text, subject }) => [subject.name ?? '', typeLines(text)]);
}

function describeKind(kind: 'table' | 'view', baseTable: string | undefined): string {
  return kind === 'table' ? 'a table' : `a view of ${baseTable}`;
}
