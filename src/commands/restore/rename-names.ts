import { isSystemKeyspace } from '../../cassandra/selection.ts';
import type { Rename } from '../../settings/renames.ts';
import { type ChosenTable, type ChosenTables, originalOf, type TableGroup } from './choose-tables.ts';

export interface NamedTable {
  readonly keyspace: string;
  readonly table: string;
}

/** New names by `keyspace.table` of the backup. */
export type TableNames = ReadonlyMap<string, NamedTable>;

/**
 * Pure. What each table that a rename speaks of is to be called. A rename of a table counts more than one of its
 * keyspace. Views follow their table, under a name of their own where the table stays in its keyspace.
 */
export function planNames(
  chosen: ChosenTables,
  renames: readonly Rename[],
): { readonly names: TableNames; readonly problems: readonly string[] } {
  const names = new Map<string, NamedTable>();
  const used = new Set<Rename>();
  for (const { base, views } of chosen.groups) {
    const rename = renameOf(base, renames);
    if (!rename) continue;
    used.add(rename);
    const target = targetOf(base, rename);
    names.set(`${base.keyspace}.${base.table}`, target);
    for (const view of views) {
      const own = ownRenameOf(view, renames);
      if (own) used.add(own);
      names.set(`${view.keyspace}.${view.table}`, own ? targetOf(view, own) : viewTarget(view, base, target));
    }
  }
  const unused = renames.filter((rename) => !used.has(rename));
  return {
    names,
    problems: [
      ...unused.map((rename) => unusedProblem(rename, chosen, renames)),
      ...viewProblems(chosen, names),
    ],
  };
}

function renameOf(table: NamedTable, renames: readonly Rename[]): Rename | undefined {
  return (
    ownRenameOf(table, renames) ??
    renames.find(({ from }) => from.table === undefined && from.keyspace === table.keyspace)
  );
}

function ownRenameOf({ keyspace, table }: NamedTable, renames: readonly Rename[]): Rename | undefined {
  return renames.find(({ from }) => from.keyspace === keyspace && from.table === table);
}

function targetOf({ table }: NamedTable, { to }: Rename): NamedTable {
  return { keyspace: to.keyspace, table: to.table ?? table };
}

function viewTarget({ table }: NamedTable, base: NamedTable, target: NamedTable): NamedTable {
  if (base.table === target.table) return { keyspace: target.keyspace, table };
  const name = table.startsWith(base.table)
    ? `${target.table}${table.slice(base.table.length)}`
    : `${target.table}_${table}`;
  return { keyspace: target.keyspace, table: name };
}

function unusedProblem({ from }: Rename, { groups }: ChosenTables, renames: readonly Rename[]): string {
  const name = from.table === undefined ? from.keyspace : `${from.keyspace}.${from.table}`;
  if (isSystemKeyspace(from.keyspace))
    return `${name} is of Cassandra's own and can't be restored under another name`;
  const same = renames.filter(
    (rename) => rename.from.keyspace === from.keyspace && rename.from.table === from.table,
  );
  if (same.length > 1) return `${name} has several new names`;
  const view = groups
    .flatMap(({ views }) => views)
    .find(({ keyspace, table }) => `${keyspace}.${table}` === name);
  if (view)
    return `${name} is a view and comes with its table ${view.keyspace}.${view.baseTable}: rename that too`;
  const isCovered = from.table === undefined && groups.some(({ keyspace }) => keyspace === from.keyspace);
  if (isCovered) return `Every table of ${name} that is restored has a new name of its own`;
  return `The backup holds no ${from.table === undefined ? 'keyspace' : 'table'} ${name} among what is chosen`;
}

/** A view lies in the keyspace of its table, and nothing keeps its own name in its own place. */
function viewProblems({ groups }: ChosenTables, names: TableNames): readonly string[] {
  return groups.flatMap((group) =>
    [group.base, ...group.views].flatMap((table) => {
      const target = names.get(`${table.keyspace}.${table.table}`);
      if (!target) return [];
      if (target.keyspace === table.keyspace && target.table === table.table) {
        return [
          `${table.keyspace}.${table.table} would keep its name: leave CAIN_RENAME out to restore it in place`,
        ];
      }
      return strayView(group, table, names);
    }),
  );
}

function strayView({ base }: TableGroup, table: NamedTable, names: TableNames): readonly string[] {
  const home = names.get(`${base.keyspace}.${base.table}`)?.keyspace;
  const keyspace = names.get(`${table.keyspace}.${table.table}`)?.keyspace;
  if (home === keyspace) return [];
  return [`${table.keyspace}.${table.table} is a view and must lie in ${home}, with its table`];
}

/** For messages: `shop.users as scratch.users`. */
export function describeRename(table: ChosenTable): string {
  const was = originalOf(table);
  return `${was.keyspace}.${was.table} as ${table.keyspace}.${table.table}`;
}
