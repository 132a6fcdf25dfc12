import { randomUUID } from 'node:crypto';
import { clearDrill, dropKeyspaces } from '../../cassandra/clear-drill.ts';
import { type CountedTable, countRows } from '../../cassandra/count-rows.ts';
import { rowsExpire } from '../../cassandra/expiry.ts';
import { tableName } from '../../cassandra/journal.ts';
import { readSchema, type SchemaTable } from '../../cassandra/schema.ts';
import { isDrillKeyspace } from '../../cassandra/scratch-keyspaces.ts';
import { CainError } from '../../errors.ts';
import type { Settings } from '../../settings/table.ts';
import { carryOut, restoreWork } from './carry-out.ts';
import { describePlan } from './describe-plan.ts';
import { compareCounts, describeCounts, isHollow, type TableCounts } from './drill-counts.ts';
import { openJournalBook } from './journal-book.ts';
import { withOriginal } from './original/with-original.ts';
import { planRestore } from './plan-restore.ts';
import { readAllJournals } from './read-journals.ts';
import { allTables, type RestorePlan, totalOf } from './restore-plan.ts';
import type { RestoreReport } from './restore-report.ts';
import { onAllNodes, type RestoreRun, speakerOf } from './restore-run.ts';
import { isDrill, standingOf } from './resume.ts';

/** Schema changes and removals on a busy cluster. */
const cleanupLimitMs = 300_000;

/** Pure. A drill asks nobody, overwrites nothing and leaves no undo. */
export function settingsOfDrill(settings: Settings): Settings {
  return { ...settings, restoreMode: 'replace', restoreId: `drill-${randomUUID()}` };
}

/**
 * CAIN_DRILL: restores into scratch keyspaces of the same cluster, reads every row of them and counts those of the tables
 * that they are copies of. However it ends, nothing of it stays; what a drill left that was killed goes first.
 */
export async function drill(given: RestoreRun, report: RestoreReport): Promise<void> {
  const settings = settingsOfDrill(given.context.settings);
  const run = await withOriginal({ ...given, context: { ...given.context, settings } });
  const { print, setTag } = run.context;
  report.phase('plan');
  if (!settings.dryRun) await clearAll(run, await leftovers(run), run.signal);
  const { id, journals } = { id: settings.restoreId ?? '', journals: await readAllJournals(run) };
  const plan = await planRestore(run, {
    id,
    standing: standingOf(journals, id, settings.tag ?? 'latest'),
    journals,
  });
  setTag(plan.manifest.tag);
  for (const line of describePlan(plan, run.survey.clusterName)) print(line);
  if (settings.dryRun) {
    report.discard();
    print('This was a dry run: nothing was changed.');
    return;
  }
  const made = { keyspaces: plan.creation.keyspaces, ids: [plan.id] };
  try {
    const work = restoreWork(run, plan, openJournalBook(journals, plan.id, plan.nodes));
    await carryOut(work, { journals, report, finish: () => proveDrill(run, plan) });
  } catch (error) {
    // Not the run's own signal: what was made must go.
    await clearAll(run, made, AbortSignal.timeout(cleanupLimitMs)).catch((failure: unknown) => {
      if (error instanceof CainError) error.cleanupErrors.push(failure);
    });
    throw error;
  }
  await clearAll(run, made, AbortSignal.timeout(cleanupLimitMs));
  report.restored(plan);
  print(`Backup ${plan.manifest.tag} can be restored: the drill is over, and nothing of it is left.`);
}

export interface DrillRemains {
  readonly keyspaces: readonly string[];
  /** Of drills. */
  readonly ids: readonly string[];
}

/** What drills left that were killed. The names of their keyspaces are kept for them: nothing else has such. */
export async function leftovers(run: RestoreRun): Promise<DrillRemains> {
  const journals = [...(await readAllJournals(run)).values()].flat();
  const { keyspaces } = await readSchema(run.access.tools, speakerOf(run).pod, run.signal);
  const left = {
    keyspaces: keyspaces.map(({ name }) => name).filter(isDrillKeyspace),
    ids: [...new Set(journals.filter(({ plan }) => plan && isDrill(plan)).map(({ id }) => id))],
  };
  if (left.keyspaces.length + left.ids.length > 0) {
    run.context.log.warn('A drill that was killed left something', { ...left });
  }
  return left;
}

/** Drops the keyspaces, then removes their directories with the snapshots that the drop caused, and the journals. */
export async function clearAll(
  run: RestoreRun,
  { keyspaces, ids }: DrillRemains,
  signal: AbortSignal,
): Promise<void> {
  if (keyspaces.length === 0 && ids.length === 0) return;
  const { tools } = run.access;
  await dropKeyspaces(tools, speakerOf(run).pod, keyspaces, signal);
  await onAllNodes(run.survey.nodes, ({ pod, dataDirectories }) =>
    clearDrill(tools, pod, { keyspaces, ids, dataDirectories }, signal),
  );
}

/** Reads every row of the restored tables, and of those that they are copies of. Throws CAIN_RESTORE_UNPROVEN. */
export async function proveDrill(run: RestoreRun, plan: RestorePlan): Promise<void> {
  const { keyspaces } = await readSchema(run.access.tools, speakerOf(run).pod, run.signal);
  const tables = new Map(
    keyspaces.flatMap((each) => each.tables.map((table) => [nameOf(table), table] as const)),
  );
  const counts: TableCounts[] = [];
  for (const table of allTables(plan.groups)) {
    const { bytes, sstables } = totalOf(plan.nodes, tableName(table));
    const scratch = tables.get(tableName(table));
    const living = tables.get(table.original);
    const count = async (counted: SchemaTable): Promise<number> =>
      await countRows(
        run.access.tools,
        speakerOf(run).pod,
        { table: countedTable(counted), bytes, partitioner: run.survey.partitioner },
        run.signal,
      );
    if (!scratch)
      throw new CainError(
        'CAIN_RESTORE_UNPROVEN',
        `Table ${tableName(table)} is gone in the middle of the drill`,
      );
    const restored = await count(scratch);
    const present = living && (await count(living));
    const counted = { table: table.original, sstables, restored, present };
    counts.push(
      living && isHollow(counted) ? { ...counted, expires: await expires(run, scratch, living) } : counted,
    );
    run.context.log.info('Counted rows', { table: table.original, restored, present });
  }
  for (const line of describeCounts(counts)) run.context.print(line);
  compareCounts(counts);
}

/** As the table was in the backup, or as it is now. */
async function expires(run: RestoreRun, scratch: SchemaTable, living: SchemaTable): Promise<boolean> {
  const { pod } = speakerOf(run);
  const tools = run.access.tools;
  return (
    (await rowsExpire(tools, pod, scratch, run.signal)) || (await rowsExpire(tools, pod, living, run.signal))
  );
}

function nameOf({ keyspace, name }: SchemaTable): string {
  return `${keyspace}.${name}`;
}

function countedTable({ keyspace, name, columns }: SchemaTable): CountedTable {
  const key = columns
    .filter(({ kind }) => kind === 'partition_key')
    .toSorted((a, b) => a.position - b.position);
  return { keyspace, table: name, partitionKey: key.map((column) => column.name) };
}
