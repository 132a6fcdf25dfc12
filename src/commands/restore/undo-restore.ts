import { hasReached, type JournalPlan, tableName } from '../../cassandra/journal.ts';
import { beginJournal, finishJournal, markUndone, recordStates } from '../../cassandra/journal-files.ts';
import { stagingDirectory } from '../../cassandra/restore-paths.ts';
import { linkSnapshots } from '../../cassandra/undo-snapshots.ts';
import { CainError, midRun } from '../../errors.ts';
import { confirmationFor } from './check-confirmation.ts';
import { checkUndoRing, findOwners } from './check-undo-ring.ts';
import { chooseUndo } from './choose-undo.ts';
import { describeUndo } from './describe-undo.ts';
import { openJournalBook } from './journal-book.ts';
import { journalRingOf } from './journal-ring.ts';
import { leaveInOrder } from './leave-in-order.ts';
import { planUndo, snapshotPath, type UndoNode, type UndoPlan } from './plan-undo.ts';
import { directoryOf, prepareNode } from './prepare-node.ts';
import { readAllJournals } from './read-journals.ts';
import { readSettledRing } from './read-ring.ts';
import { restoreGroups } from './restore-groups.ts';
import { allTables, type RestoreTable } from './restore-plan.ts';
import type { RestoreReport } from './restore-report.ts';
import { journalOf, onAllNodes, type RestoreRun, rootsOf } from './restore-run.ts';
import type { ImportWork } from './restore-work.ts';
import type { JournalsByPod } from './resume.ts';
import { settleRestore } from './settle-restore.ts';

/**
 * CAIN_UNDO: goes back to what the tables held before a restore, from the snapshots that it left. It works as a restore
 * does: a journal on each node, table by table, proven; a run that was killed is resumed, and what the restore had
 * brought stays in snapshots of its own.
 */
export async function undoRestore(run: RestoreRun, report: RestoreReport): Promise<void> {
  const { settings, print, log } = run.context;
  report.phase('plan');
  const ring = await readSettledRing(run);
  let journals = await readAllJournals(run);
  const target = chooseUndo(journals, settings.restoreId);
  const owners = await findOwners(run, ring, target.plan);
  checkUndoRing({ undone: target.plan, journals, owners, nodes: run.survey.nodes });
  if (!settings.dryRun) {
    await settleRestore(run, target, journals);
    journals = await readAllJournals(run);
  }
  const plan = await planUndo(run, target, journals);
  for (const line of describeUndo(plan, run.survey.clusterName)) print(line);
  if (settings.dryRun) {
    report.discard();
    print('This was a dry run: nothing was changed.');
    return;
  }
  checkUndoConfirmed(plan, settings.restoreConfirm, run.survey.clusterName);
  const work: ImportWork = {
    run,
    plan,
    book: openJournalBook(journals, plan.id, plan.nodes),
    restage: async (node, table) => await relink(run, plan, { pod: node.node.pod.name, table }),
  };
  log.info('Undoing a restore', { restoreId: plan.undone.id, tables: plan.groups.length });
  try {
    await carryOut(work, plan, journals, report);
  } catch (error) {
    throw await leaveInOrder(work, midRun(error));
  }
  report.restored(plan);
  print(
    `Restore ${plan.undone.id} is undone. What it had brought stays in snapshots until \`cain restore --clean\`.`,
  );
}

function checkUndoConfirmed({ id, groups }: UndoPlan, given: string | undefined, clusterName: string): void {
  const wanted = confirmationFor(clusterName, id);
  if (given === wanted || groups.length === 0) return;
  throw new CainError(
    'CAIN_RESTORE_UNCONFIRMED',
    `${groups.length} tables would lose what was restored and written since${given === undefined ? '' : `; CAIN_RESTORE_CONFIRM names ${given}`}`,
    { hint: `They are as they were. If that is what you want, set CAIN_RESTORE_CONFIRM='${wanted}'.` },
  );
}

async function carryOut(
  work: ImportWork,
  plan: UndoPlan,
  journals: JournalsByPod,
  report: RestoreReport,
): Promise<void> {
  const { run } = work;
  report.phase('stage');
  await onAllNodes(plan.nodes, (node) => stageNode(work, plan, node));
  report.phase('import');
  await restoreGroups(work);
  report.phase('finish');
  await onAllNodes(plan.nodes, ({ node }) => finishNode(run, plan, node, journals));
}

/** Nothing is copied: the staging holds further links of the snapshots' files. */
async function stageNode({ run, book }: ImportWork, plan: UndoPlan, undoNode: UndoNode): Promise<void> {
  const { tools } = run.access;
  const { node } = undoNode;
  const journal = journalOf(node, plan.id);
  await beginJournal(tools, node.pod, { journal, plan: journalPlanOf(run, plan) }, run.signal);
  if (plan.groups.length === 0) return;
  await prepareNode(run, plan, undoNode);
  const open = allTables(plan.groups).filter(
    (table) => !hasReached(book.stateOf(node.pod.name, table), 'importing'),
  );
  const places = open.flatMap((table) => placesOf(plan, undoNode, table));
  await linkSnapshots(tools, node.pod, { journal, places }, run.signal);
  const fresh = open.filter((table) => book.stateOf(node.pod.name, table) === undefined);
  const states = new Map(fresh.map((table) => [tableName(table), 'staged' as const]));
  await recordStates(tools, node.pod, { journal, states }, run.signal);
  for (const table of fresh) book.note(node.pod.name, table, 'staged');
}

function placesOf(plan: UndoPlan, { node, snapshots }: UndoNode, table: RestoreTable) {
  return (snapshots.get(tableName(table)) ?? []).flatMap((name) =>
    node.dataDirectories.map((directory) => ({
      snapshot: snapshotPath(directory, table, name),
      staging: stagingDirectory(directory, plan.id, directoryOf(table)),
    })),
  );
}

function journalPlanOf({ context, survey }: RestoreRun, plan: UndoPlan): JournalPlan {
  const views = plan.groups.flatMap(({ rebuiltViews }) => rebuiltViews ?? []);
  return {
    format: 1,
    id: plan.id,
    tag: plan.undone.tag,
    source: `the snapshots of restore ${plan.undone.id}`,
    clusterName: survey.clusterName,
    startedAt: context.now().toISOString(),
    sum: plan.id,
    tables: allTables(plan.groups).map(({ keyspace, table, kind }) => ({ keyspace, table, kind })),
    created: [],
    undoes: plan.undone.id,
    ring: journalRingOf(survey.nodes),
    ...(views.length > 0 ? { views } : {}),
  };
}

/** After an import broke off. An SSTable that has come into the table already comes once more, which changes no row. */
async function relink(
  run: RestoreRun,
  plan: UndoPlan,
  { pod, table }: { pod: string; table: RestoreTable },
): Promise<number> {
  const undoNode = plan.nodes.find(({ node }) => node.pod.name === pod);
  if (!undoNode) return 0;
  const places = placesOf(plan, undoNode, table);
  const journal = journalOf(undoNode.node, plan.id);
  await linkSnapshots(run.access.tools, undoNode.node.pod, { journal, places }, run.signal);
  return undoNode.files.get(tableName(table))?.files ?? 0;
}

/** The restore that was undone is finished too: nothing may go on with it. */
async function finishNode(
  { access: { tools }, signal }: RestoreRun,
  { id, undone }: UndoPlan,
  node: UndoNode['node'],
  journals: JournalsByPod,
): Promise<void> {
  const { pod } = node;
  const restore = journals.get(pod.name)?.find((journal) => journal.id === undone.id);
  if (restore && !restore.isFinished) {
    await finishJournal(tools, pod, { journal: restore.directory, roots: rootsOf(node, undone.id) }, signal);
  }
  if (restore) await markUndone(tools, pod, restore.directory, signal);
  await finishJournal(tools, pod, { journal: journalOf(node, id), roots: rootsOf(node, id) }, signal);
}
