import { addedColumn, droppedColumn } from '../../cassandra/create-statements.ts';
import { type ChosenTable, type ChosenTables, originalOf } from './choose-tables.ts';
import { hasLostDrop, liveColumns } from './compare-dropped.ts';
import { finderBy } from './find-by-key.ts';
import { findLiveTable, type LiveSchema, type Statement, statementsThen } from './live-schema.ts';

/** What tables that are there lack of the backup's schema, or have beside it. */
export interface Completion {
  /** Run before anything is imported. */
  readonly statements: readonly string[];
  /** What they make, for people. */
  readonly completed: readonly string[];
  /** What stays otherwise than in the backup, for people. */
  readonly unlike: readonly string[];
}

/**
 * Pure. A creation that failed half way left tables without their indexes, or with columns that were to be dropped again. Such
 * a table is empty and has the backup's id: it is completed. Of any other nobody knows that it was not meant so: that is
 * told.
 */
export function planCompletion(
  { groups }: ChosenTables,
  live: LiveSchema,
  mayComplete: (table: { readonly keyspace: string; readonly table: string }) => boolean,
): Completion {
  const statements: string[] = [];
  const completed: string[] = [];
  const unlike: string[] = [];
  for (const { base } of groups) {
    const table = findLiveTable(live, base.keyspace, base.table);
    if (!table) continue;
    const name = `${base.keyspace}.${base.table}`;
    const were = statementsThen(base);
    const isOurs = originalOf(base).id === table.id && mayComplete(base);
    for (const lacking of were.filter((statement) => isLacking(statement, base, live))) {
      const { kind, name: index } = lacking.subject;
      const rival = kind === 'index' ? ownerOf(index, base.keyspace, live) : undefined;
      const texts = isOurs && rival === undefined ? completing(lacking, were, base) : [];
      statements.push(...texts);
      completed.push(...texts.map((text) => `${name}: ${text}`));
      if (texts.length === 0) unlike.push(describeLacking(name, lacking));
    }
    const known = new Set(indexesOn(base.table, were));
    const extra = indexesOn(base.table, live.statements.get(base.keyspace) ?? []);
    for (const index of extra.filter((each) => !known.has(each)))
      unlike.push(
        `${name} has index ${index}, which the backup has not: it is built while files are imported`,
      );
  }
  return { statements, completed, unlike };
}

/**
 * The statement, and of a column that came back what adds it again: a snapshot's schema.cql holds both. Nothing where that
 * is missing: the drop alone would hide all that is imported into the column.
 */
function completing(
  statement: Statement,
  all: readonly Statement[],
  { columns }: ChosenTable,
): readonly string[] {
  const column = droppedIn(statement);
  if (!columns.some(({ name }) => name === column)) return [statement.text];
  const addition = all
    .slice(all.indexOf(statement) + 1)
    .find(({ text, subject }) => subject.kind === 'alter-table' && addedColumn(text) === column);
  return addition ? [statement.text, addition.text] : [];
}

function droppedIn({ text, subject }: Statement): string | undefined {
  return subject.kind === 'alter-table' ? droppedColumn(text)?.name : undefined;
}

function isLacking(statement: Statement, record: ChosenTable, live: LiveSchema): boolean {
  const { keyspace, table } = record;
  const { subject } = statement;
  if (subject.kind === 'index')
    return !indexesOn(table, live.statements.get(keyspace) ?? []).includes(subject.name ?? '');
  const column = droppedIn(statement);
  const now = findLiveTable(live, keyspace, table);
  return column !== undefined && now !== undefined && hasLostDrop(column, record, liveColumns(now, live));
}

function describeLacking(name: string, statement: Statement): string {
  const { text, subject } = statement;
  return subject.kind === 'index'
    ? `${name} lacks index ${subject.name}: ${text}`
    : `${name} has column ${droppedIn(statement)}, which the backup had dropped: values of before the drop may come back`;
}

function indexesOn(table: string, statements: readonly Statement[]): readonly string[] {
  return indexesByTable(statements, table).flatMap(({ subject: { name } }) =>
    name === undefined ? [] : [name],
  );
}

const indexesByTable = finderBy(({ subject: { kind, table } }: Statement) =>
  kind === 'index' ? table : undefined,
);

/** The table whose index has this name: IF NOT EXISTS would pass ours over. */
function ownerOf(index: string | undefined, keyspace: string, live: LiveSchema): string | undefined {
  return indexesNamed(live.statements.get(keyspace) ?? [], index ?? '')[0]?.subject.table;
}

const indexesNamed = finderBy(({ subject: { kind, name } }: Statement) =>
  kind === 'index' ? name : undefined,
);
