import { removeRestore } from '../../cassandra/clean-restore.ts';
import { markUndoGivenUp } from '../../cassandra/journal-files.ts';
import { clearAll, leftovers } from './drill.ts';
import { findGoneViews } from './gone-views.ts';
import { type Cleaning, describeCleaning, halfUndone, planCleaning } from './plan-cleaning.ts';
import { mendCompaction, readAllJournals } from './read-journals.ts';
import { clearNewDrops } from './rebuild-views.ts';
import { clearLeftRehearsals } from './rehearse.ts';
import { onAllNodes, type RestoreRun } from './restore-run.ts';
import type { JournalsByPod } from './resume.ts';
import { clearUndo } from './undo.ts';

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
  await markHalfUndone(run, journals, halfUndone(journals, cleaning));
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

/** Before the undo that is given up is forgotten: nobody else knows that tables may be empty. */
async function markHalfUndone(
  run: RestoreRun,
  journals: JournalsByPod,
  ids: ReadonlySet<string>,
): Promise<void> {
  await onAllNodes(run.survey.nodes, async ({ pod }) => {
    for (const { id, directory } of journals.get(pod.name) ?? []) {
      if (ids.has(id)) await markUndoGivenUp(run.access.tools, pod, directory, run.signal);
    }
  });
}
