import type { JournalPlan, ViewStatement } from '../../cassandra/journal.ts';
import { areViewsAllowed } from '../../cassandra/views.ts';
import { CainError } from '../../errors.ts';
import { checkStaleness } from './check-staleness.ts';
import type { ChosenTables, TableGroup } from './choose-tables.ts';
import { creationIn, findLiveTable, type LiveSchema, statementsOf } from './live-schema.ts';
import type { RestoreGroup } from './restore-plan.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';

export interface MergeInput {
  readonly chosen: ChosenTables;
  readonly live: LiveSchema;
  /** Of `chosen`, in its order, without the views. */
  readonly groups: readonly RestoreGroup[];
  readonly tag: string;
  readonly resumed: JournalPlan | undefined;
}

/** Files of a view must never come beside newer rows of its table: a merge leaves them and builds its views anew. */
export function withoutViews(chosen: ChosenTables): ChosenTables {
  return { ...chosen, groups: chosen.groups.map((group) => ({ ...group, views: [] })) };
}

/**
 * What a merge does with each table: it imports beside what is there and makes the views again. Throws where that
 * would give wrong rows: counters, and rows that were deleted longer ago than their tombstones live.
 */
export async function planMerge(run: RestoreRun, input: MergeInput): Promise<readonly RestoreGroup[]> {
  const { chosen, live, groups, tag, resumed } = input;
  const existing = existingTables(chosen, live, resumed);
  checkNoCounters(existing);
  const { restoreStale: named } = run.context.settings;
  checkStaleness(existing, { tag, now: run.context.now(), named });
  const planned = groups.map((group, index) => ({
    ...group,
    rebuiltViews: viewsOf(chosen.groups[index] as TableGroup, live, resumed?.views ?? []),
  }));
  await checkViewsAllowed(run, planned, ', or leave the tables out');
  return planned;
}

interface ExistingTable {
  readonly name: string;
  readonly creation: string;
  readonly isCounter: boolean;
}

/** What an earlier run of this restore created holds nothing but what it imported. */
function existingTables(
  { groups }: ChosenTables,
  live: LiveSchema,
  resumed: JournalPlan | undefined,
): readonly ExistingTable[] {
  return groups
    .map(({ base }) => base)
    .filter(({ keyspace, table }) => findLiveTable(live, keyspace, table))
    .map(({ keyspace, table, columns }) => ({
      name: `${keyspace}.${table}`,
      creation: creationIn(live, keyspace, table) ?? '',
      isCounter: columns.some(({ type }) => type === 'counter'),
    }))
    .filter(({ name }) => !resumed?.created.includes(name));
}

/** Counters are sums of shards, of which the newer one wins: the backup's would be taken for parts of today's. */
function checkNoCounters(tables: readonly ExistingTable[]): void {
  const counters = tables.filter(({ isCounter }) => isCounter).map(({ name }) => name);
  if (counters.length === 0) return;
  throw new CainError('CAIN_RESTORE_SCHEMA', `Counters can't be merged: ${counters.join(', ')}`, {
    hint: 'Nothing was changed. Leave these tables out (CAIN_TABLE=!keyspace.table), or replace them in a restore of their own.',
  });
}

/**
 * Pure. The views of a table, each as it is in the cluster; where it is not, as an earlier run of this restore found
 * it before it dropped it, else as the backup has it.
 */
export function viewsOf(
  { base, views }: TableGroup,
  live: LiveSchema,
  dropped: readonly ViewStatement[],
): readonly ViewStatement[] {
  const statements = new Map(
    views.map(({ table, schemaText }) => [
      table,
      statementsOf(schemaText).find(({ subject }) => subject.kind === 'view')?.text ?? '',
    ]),
  );
  for (const { view, statement } of viewsOnTable(base, live, dropped)) statements.set(view, statement);
  const { keyspace, table } = base;
  return [...statements].map(([view, statement]) => ({ keyspace, table, view, statement }));
}

/** Pure. The views that a table has, as they are, and those of `dropped` that it had and that are gone. */
export function viewsOnTable(
  { keyspace, table }: { readonly keyspace: string; readonly table: string },
  live: LiveSchema,
  dropped: readonly ViewStatement[],
): readonly ViewStatement[] {
  const views = new Map<string, ViewStatement>();
  for (const view of dropped) {
    if (view.keyspace === keyspace && view.table === table && !views.has(view.view))
      views.set(view.view, view);
  }
  for (const { name, baseTable } of live.keyspaces.get(keyspace)?.tables ?? []) {
    const statement = creationIn(live, keyspace, name);
    if (baseTable === table && statement !== undefined)
      views.set(name, { keyspace, table, view: name, statement });
  }
  return [...views.values()];
}

/** Views that are dropped must come back. Throws CAIN_RESTORE_SCHEMA. */
export async function checkViewsAllowed(
  run: RestoreRun,
  groups: readonly RestoreGroup[],
  otherwise = '',
): Promise<void> {
  const views = groups.flatMap(({ rebuiltViews = [] }) => rebuiltViews);
  if (views.length === 0) return;
  if (await areViewsAllowed(run.access.tools, speakerOf(run).pod, run.signal)) return;
  const names = views.map(({ keyspace, view }) => `${keyspace}.${view}`).join(', ');
  throw new CainError(
    'CAIN_RESTORE_SCHEMA',
    `Views must be made anew, and Cassandra does not allow it: ${names}`,
    {
      hint: `Nothing was changed. Set materialized_views_enabled (enable_materialized_views in 4.0) in cassandra.yaml${otherwise}.`,
    },
  );
}
