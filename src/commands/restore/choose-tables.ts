import { type Selection, selectKeyspaces, selectTables, type TableName } from '../../cassandra/selection.ts';
import { CainError } from '../../errors.ts';
import type { SchemaKeyspaceRecord, SchemaRecord, SchemaTableRecord } from '../../store/schema-records.ts';
import { finderBy } from './find-by-key.ts';

/** A table of the backup, under the name and id that it gets. */
export interface ChosenTable extends SchemaTableRecord {
  /** What it is called in the backup, where that differs. */
  readonly original?: OriginalTable;
}

export interface OriginalTable {
  readonly keyspace: string;
  readonly table: string;
  /** With dashes. */
  readonly id: string;
}

export interface ChosenKeyspace extends SchemaKeyspaceRecord {
  /** What it is called in the backup, where that differs. */
  readonly original?: string;
}

/** A table with the views on it: they are truncated together and so restored together. */
export interface TableGroup {
  readonly keyspace: string;
  readonly base: ChosenTable;
  readonly views: readonly ChosenTable[];
}

export interface ChosenTables {
  /** Of the keyspaces that hold a chosen table. */
  readonly keyspaces: readonly ChosenKeyspace[];
  readonly groups: readonly TableGroup[];
  /** True where single tables were asked for, and not whole keyspaces. */
  readonly isPartial: boolean;
}

/**
 * What of a backup is restored. Throws CAIN_NO_BACKUP for a pattern that fits nothing in it, and for a view that is
 * asked for without its table.
 */
export function chooseTables(
  records: readonly SchemaRecord[],
  patterns: { readonly keyspaces: readonly string[]; readonly tables: readonly string[] },
  backup: string,
): ChosenTables {
  const allKeyspaces = records.filter((record) => record.kind === 'keyspace');
  const allTables = records.filter((record) => record.kind === 'table');
  const keyspaces = new Set(
    checked(
      selectKeyspaces(
        allKeyspaces.map(({ keyspace }) => keyspace),
        patterns.keyspaces,
      ),
      'keyspace',
      backup,
    ),
  );
  const inKeyspaces = allTables.filter(({ keyspace }) => keyspaces.has(keyspace));
  const named = patterns.tables.length === 0 ? inKeyspaces : takenBy(inKeyspaces, patterns.tables, backup);
  const names = new Set(named.map(({ keyspace, table }) => nameOf(keyspace, table)));
  const chosen = inKeyspaces.filter(({ keyspace, table }) => names.has(nameOf(keyspace, table)));
  const bases = chosen.filter(({ type }) => type === 'table');
  checkViewsHaveTables(chosen, bases);
  const groups = bases.map((base) => ({
    keyspace: base.keyspace,
    base,
    views: viewsOf(inKeyspaces, nameOf(base.keyspace, base.table)),
  }));
  return {
    keyspaces: allKeyspaces.filter(({ keyspace }) => keyspaces.has(keyspace)),
    groups: groups.toSorted((a, b) =>
      nameOf(a.keyspace, a.base.table) < nameOf(b.keyspace, b.base.table) ? -1 : 1,
    ),
    isPartial: patterns.tables.length > 0,
  };
}

const viewsOf = finderBy(({ keyspace, baseTable }: SchemaTableRecord) =>
  baseTable === undefined ? undefined : nameOf(keyspace, baseTable),
);

/** Every table of a group, the base table first. */
export function tablesOf({ base, views }: TableGroup): readonly ChosenTable[] {
  return [base, ...views];
}

/** Under which name and id the backup holds a table. */
export function originalOf({ keyspace, table, id, original }: ChosenTable): OriginalTable {
  return original ?? { keyspace, table, id };
}

function takenBy(
  tables: readonly SchemaTableRecord[],
  patterns: readonly string[],
  backup: string,
): readonly TableName[] {
  return checked(selectTables(tables, patterns), 'table', backup);
}

function checked<T>({ selected, unmatched }: Selection<T>, what: string, backup: string): readonly T[] {
  if (unmatched.length === 0 && selected.length > 0) return selected;
  const message =
    unmatched.length > 0
      ? `No ${what} in backup ${backup} fits ${unmatched.join(', ')}`
      : `Backup ${backup} holds no ${what} that is asked for`;
  throw new CainError('CAIN_NO_BACKUP', message, {
    hint: 'Names are case-sensitive; `cain list` shows what a backup holds. Check CAIN_KEYSPACE and CAIN_TABLE.',
  });
}

function checkViewsHaveTables(
  chosen: readonly SchemaTableRecord[],
  bases: readonly SchemaTableRecord[],
): void {
  const names = new Set(bases.map(({ keyspace, table }) => nameOf(keyspace, table)));
  for (const { keyspace, table, type, baseTable = '' } of chosen) {
    if (type !== 'view' || names.has(nameOf(keyspace, baseTable))) continue;
    throw new CainError(
      'CAIN_NO_BACKUP',
      `${keyspace}.${table} is a view of ${keyspace}.${baseTable} and can't be restored without it`,
      { hint: `Choose ${keyspace}.${baseTable}: its views come with it.` },
    );
  }
}

function nameOf(keyspace: string, table: string): string {
  return `${keyspace}.${table}`;
}
