import { typeFields } from '../../cassandra/create-statements.ts';
import { rewriteStatement } from '../../cassandra/rewrite-statement.ts';
import { isSystemKeyspace } from '../../cassandra/selection.ts';
import { CainError } from '../../errors.ts';
import type { Rename } from '../../settings/renames.ts';
import type { SchemaKeyspaceRecord } from '../../store/schema-records.ts';
import {
  type ChosenTable,
  type ChosenTables,
  originalOf,
  type TableGroup,
  tablesOf,
} from './choose-tables.ts';
import { statementsOf } from './live-schema.ts';
import { describeRename, type NamedTable, planNames, type TableNames } from './rename-names.ts';

/**
 * Pure. The chosen tables under new names and with new ids: only those that a rename speaks of, since a restore of the
 * others in place is never meant. Throws CAIN_RESTORE_RENAME with all that is wrong.
 */
export function renameTables(
  chosen: ChosenTables,
  renames: readonly Rename[],
  { backup, newId }: { backup: string; newId: () => string },
): ChosenTables {
  if (renames.length === 0) return chosen;
  const { names, problems } = planNames(chosen, renames);
  const groups = chosen.groups
    .filter(({ base }) => names.has(fullName(base)))
    .map((group) => renameGroup(group, names, newId));
  const all = [...problems, ...targetProblems(groups), ...typeProblems(groups)];
  if (all.length > 0) throw renameError(all, backup);
  const isPartial = chosen.isPartial || renames.some(({ from }) => from.table !== undefined);
  return { keyspaces: renameKeyspaces(chosen, groups), groups, isPartial };
}

function renameGroup({ base, views }: TableGroup, names: TableNames, newId: () => string): TableGroup {
  const renamed = [base, ...views].map((table) => renameTable(table, names, newId()));
  const [first, ...rest] = renamed as [ChosenTable, ...ChosenTable[]];
  return { keyspace: first.keyspace, base: first, views: rest };
}

function renameTable(table: ChosenTable, names: TableNames, id: string): ChosenTable {
  const target = names.get(fullName(table)) as NamedTable;
  const baseTarget =
    table.baseTable === undefined ? undefined : names.get(`${table.keyspace}.${table.baseTable}`);
  const rename = (name: string): string => names.get(`${table.keyspace}.${name}`)?.table ?? name;
  const statements = statementsOf(table.schemaText).map(({ text }) =>
    rewriteStatement(text, {
      from: table.keyspace,
      to: target.keyspace,
      table: rename,
      index: (name) => indexName(name, table.table, target.table),
      tableId: id,
    }),
  );
  return {
    ...table,
    ...target,
    ...(baseTarget ? { baseTable: baseTarget.table } : {}),
    id,
    schemaText: statements.map((text) => `${text};\n`).join(''),
    original: { keyspace: table.keyspace, table: table.table, id: table.id },
  };
}

/** Names of indexes are taken once in a keyspace: a table under another name gets others. */
function indexName(name: string, table: string, newTable: string): string {
  if (table === newTable) return name;
  return name.startsWith(table) ? `${newTable}${name.slice(table.length)}` : `${newTable}_${name}`;
}

/** The keyspaces that take renamed tables, each as it was under its old name. */
function renameKeyspaces(
  { keyspaces }: ChosenTables,
  groups: readonly TableGroup[],
): ChosenTables['keyspaces'] {
  const moves = new Map(
    groups.map(({ base }) => {
      const move = { from: originalOf(base).keyspace, to: base.keyspace };
      return [`${move.from}.${move.to}`, move];
    }),
  );
  return [...moves.values()].flatMap(({ from, to }) => {
    const record = keyspaces.find(({ keyspace }) => keyspace === from);
    return record ? [renameKeyspace(record, to)] : [];
  });
}

function renameKeyspace(record: SchemaKeyspaceRecord, to: string): ChosenTables['keyspaces'][number] {
  const same = (name: string): string => name;
  // Only what is not a table's: tables come from their snapshot's schema.cql.
  const statements = statementsOf(record.description).filter(({ subject }) =>
    ['keyspace', 'type', 'function', 'aggregate'].includes(subject.kind),
  );
  const description = statements
    .map(
      ({ text }) => `${rewriteStatement(text, { from: record.keyspace, to, table: same, index: same })};\n`,
    )
    .join('');
  return { ...record, keyspace: to, description, original: record.keyspace };
}

function targetProblems(groups: readonly TableGroup[]): readonly string[] {
  const takenBy = new Map<string, ChosenTable>();
  const problems: string[] = [];
  for (const table of groups.flatMap(tablesOf)) {
    const name = fullName(table);
    const rival = takenBy.get(name);
    if (rival) problems.push(`${describeRename(rival)} and ${describeRename(table)} have one new name`);
    takenBy.set(name, table);
    if (isSystemKeyspace(table.keyspace)) problems.push(`${name} would lie in a keyspace of Cassandra's own`);
    if (table.table.length > longestName) {
      problems.push(
        `${describeRename(table)} is a name of more than ${longestName} letters: name it yourself`,
      );
    }
  }
  return problems;
}

/** Cassandra's own limit for keyspaces, tables and views. */
const longestName = 48;

/** Types of several keyspaces may meet in one: the second CREATE TYPE IF NOT EXISTS would be passed over. */
function typeProblems(groups: readonly TableGroup[]): readonly string[] {
  const known = new Map<string, { fields: string; from: string }>();
  const problems = new Set<string>();
  for (const table of groups.flatMap(tablesOf)) {
    const from = originalOf(table).keyspace;
    for (const { text, subject } of statementsOf(table.schemaText)) {
      if (subject.kind !== 'type') continue;
      const name = `${table.keyspace}.${subject.name}`;
      const fields = typeFields(text)
        .map((field) => `${field.name} ${field.type}`)
        .join(', ');
      const other = known.get(name);
      if (other && other.fields !== fields) {
        problems.add(`Type ${name} would be that of ${other.from} and that of ${from}, which differ`);
      }
      known.set(name, { fields, from });
    }
  }
  return [...problems];
}

function fullName({ keyspace, table }: { keyspace: string; table: string }): string {
  return `${keyspace}.${table}`;
}

function renameError(problems: readonly string[], backup: string): CainError {
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  return new CainError('CAIN_RESTORE_RENAME', `CAIN_RENAME does not fit backup ${backup}:${list}`, {
    hint: 'Nothing was changed. Names are case-sensitive; `cain list` shows what a backup holds.',
    fields: { problems: problems.length },
  });
}
