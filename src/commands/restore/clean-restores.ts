import { removeRestore } from '../../cassandra/clean-restore.ts';
import type { NodeJournal, ViewStatement } from '../../cassandra/journal.ts';
import { clearAll, leftovers } from './drill.ts';
import { findGoneViews } from './gone-views.ts';
import { mayHaveTruncated } from './next-step.ts';
import { mendCompaction, readAllJournals } from './read-journals.ts';
import { clearNewDrops } from './rebuild-views.ts';
import { clearLeftRehearsals } from './rehearse.ts';
import { onAllNodes, type RestoreRun } from './restore-run.ts';
import type { JournalsByPod } from './resume.ts';
import { clearUndo } from './undo.ts';

/** What becomes of a restore that the nodes know of. */
export type Cleaning =
  /** Finished: all of it goes, the undo too. */
  | 'remove'
  /** Unfinished, and nothing was truncated, or the user names it: its staging and journal go, no snapshot does. */
  | 'give-up'
  /** Unfinished, and it has dropped views that are gone still: its journal alone knows how they are made. */
  | 'keep-views'
  /** Unfinished, and tables may be empty by now: it stays until it is finished or named. */
  | 'keep';

/** Pure. What to do with each restore id, from what all nodes' journals say of it, and of which views are gone. */
export function planCleaning(
  journals: JournalsByPod,
  namedId: string | undefined,
  goneViews: ReadonlyMap<string, readonly ViewStatement[]> = new Map(),
): ReadonlyMap<string, Cleaning> {
  const byId = new Map<string, NodeJournal[]>();
  for (const journal of [...journals.values()].flat()) {
    byId.set(journal.id, [...(byId.get(journal.id) ?? []), journal]);
  }
  return new Map(
    [...byId].map(([id, all]) => {
      const cleaning = cleaningOf(all, id === namedId);
      return [id, cleaning === 'give-up' && goneViews.has(id) ? 'keep-views' : cleaning];
    }),
  );
}

function cleaningOf(journals: readonly NodeJournal[], isNamed: boolean): Cleaning {
  if (journals.every(({ isFinished }) => isFinished)) return 'remove';
  const hasTruncated = journals.some(({ states }) => mayHaveTruncated(states.values()));
  return isNamed || !hasTruncated ? 'give-up' : 'keep';
}

/** CAIN_RESTORE_CLEAN: removes what earlier restores left on the nodes, by exact name, and nobody else's. */
export async function cleanRestores(run: RestoreRun): Promise<void> {
  const { context } = run;
  const drills = await leftovers(run);
  if (!context.settings.dryRun) {
    await clearAll(run, drills, run.signal);
    if (await clearLeftRehearsals(run)) context.print('Removed what a rehearsal had left that was killed.');
  }
  const journals = await readAllJournals(run);
  const goneViews = await findGoneViews(run, journals);
  const cleaning = planCleaning(journals, context.settings.restoreId, goneViews);
  const describe = (id: string, what: Cleaning): string =>
    describeCleaning(id, what, goneViews.get(id) ?? []);
  if (cleaning.size === 0) context.print('The nodes know of no restore.');
  if (context.settings.dryRun) {
    for (const [id, what] of cleaning) context.print(`${describe(id, what)} (dry run: nothing was done)`);
    return;
  }
  await mendCompaction(run, journals);
  await clearDropsGivenUp(run, journals, cleaning);
  const cleared = await clearUndo(run, journals, ({ id }) => cleaning.get(id) === 'remove');
  for (const [id, what] of cleaning) {
    if (what === 'remove' || what === 'give-up') {
      await onAllNodes(run.survey.nodes, ({ pod, dataDirectories }) =>
        removeRestore(run.access.tools, pod, { id, dataDirectories }, run.signal),
      );
    }
    context.print(describe(id, what));
  }
  context.log.info('Cleaned up after restores', { restores: cleaning.size, snapshots: cleared });
}

/** A merge that was killed between a drop of a view and the clearing of its snapshot, and is not to be finished. */
async function clearDropsGivenUp(
  run: RestoreRun,
  journals: JournalsByPod,
  cleaning: ReadonlyMap<string, Cleaning>,
): Promise<void> {
  for (const node of run.survey.nodes) {
    for (const { id, plan } of journals.get(node.pod.name) ?? []) {
      if (cleaning.get(id) === 'give-up') await clearNewDrops(run, [node], id, plan?.views ?? []);
    }
  }
}

function describeCleaning(id: string, cleaning: Cleaning, views: readonly ViewStatement[]): string {
  switch (cleaning) {
    case 'remove':
      return `Restore ${id}: removed its journals and undo snapshots`;
    case 'give-up':
      return `Restore ${id} was unfinished: removed its staging and journals; snapshots that its truncates left stay`;
    case 'keep-views':
      return [
        `Restore ${id} is unfinished and has dropped views that are gone still; its journal, which knows how they are made, stays.`,
        `Run it again under its id, go back with CAIN_RESTORE_ID=${id} cain restore --undo, or make them yourself and clean again:`,
        ...views.map(({ statement }) => `  ${statement};`),
      ].join('\n');
    case 'keep':
      return `Restore ${id} is unfinished and has truncated tables: run it again under its id, or give it up with CAIN_RESTORE_ID=${id} and --clean`;
  }
}
