import { randomUUID } from 'node:crypto';
import { type HeldLease, takeLease } from '../kubernetes/lease.ts';
import { backup } from './backup.ts';
import { openClusterStore, openSourceStore } from './cluster-store.ts';
import type { CommandContext } from './context.ts';
import { planFirstBackup } from './restore/backup-first.ts';
import { checkConfirmation } from './restore/check-confirmation.ts';
import { checkStillEmpty } from './restore/check-still-empty.ts';
import { cleanRestores } from './restore/clean-restores.ts';
import { createMissing } from './restore/create-missing.ts';
import { describePlan } from './restore/describe-plan.ts';
import { finishRestore } from './restore/finish-restore.ts';
import { openJournalBook } from './restore/journal-book.ts';
import { leaveInOrder } from './restore/leave-in-order.ts';
import { mendStaging } from './restore/mend-staging.ts';
import { mayHaveTruncated } from './restore/next-step.ts';
import { planRestore } from './restore/plan-restore.ts';
import { mendCompaction, readAllJournals } from './restore/read-journals.ts';
import { surveyAllNodes } from './restore/read-ring.ts';
import { rehearse } from './restore/rehearse.ts';
import { restoreGroups } from './restore/restore-groups.ts';
import { allTables } from './restore/restore-plan.ts';
import { createRestoreReport, type RestoreReport } from './restore/restore-report.ts';
import type { RestoreRun } from './restore/restore-run.ts';
import type { RestoreWork } from './restore/restore-work.ts';
import { type JournalsByPod, standingOf } from './restore/resume.ts';
import { beginJournals, stageNodes } from './restore/stage-nodes.ts';
import { undoRestore } from './restore/undo-restore.ts';
import { type ClusterAccess, openClusterAccess } from './session.ts';

/**
 * Brings a backup, or tables of it, back into the cluster that it came from. Everything that can fail fails before the
 * first truncate; docs/restore.md tells the steps. Ends without an error only for a restore that is proven.
 */
export async function restore(given: CommandContext): Promise<void> {
  const report = createRestoreReport(given);
  try {
    const context = await withBackupFirst(given, report);
    await onCluster(context, report, (cluster) => runRestore(cluster, report));
    report.succeeded();
  } finally {
    await report.push();
  }
}

/** CAIN_BACKUP_FIRST: what is there is saved under a Lease of its own; then the restore goes on with the tag that was meant. */
async function withBackupFirst(context: CommandContext, report: RestoreReport): Promise<CommandContext> {
  const { backupFirst, dryRun, restoreClean, undo } = context.settings;
  if (!backupFirst || dryRun || restoreClean || undo) return context;
  report.phase('plan');
  const first = await onCluster(context, report, (cluster) => planFirstBackup(unlocked(cluster)));
  if (!first) return context;
  report.phase('backup-first');
  await backup({ ...context, settings: first.settings });
  return { ...context, settings: { ...context.settings, tag: first.tag } };
}

/** Step 1, the nodes. */
async function onCluster<T>(
  context: CommandContext,
  report: RestoreReport,
  task: (cluster: RestoreCluster) => Promise<T>,
): Promise<T> {
  report.phase('preflight');
  const access = openClusterAccess(context);
  const survey = await surveyAllNodes(context, access, context.signal);
  report.cluster(survey.clusterName, survey.nodes.length);
  const store = openSourceStore(context) ?? openClusterStore(context, survey.clusterName);
  try {
    return await task({ context, access, survey, store });
  } finally {
    store.close();
  }
}

type RestoreCluster = Omit<RestoreRun, 'signal' | 'confirmLease'>;

/** For what changes nothing. */
function unlocked(cluster: RestoreCluster): RestoreRun {
  return { ...cluster, signal: cluster.context.signal, confirmLease: async () => {} };
}

/** Step 2, the Lease; a dry run changes nothing and takes none. */
async function runRestore(cluster: RestoreCluster, report: RestoreReport): Promise<void> {
  const { context, access, survey } = cluster;
  const { restoreClean, undo } = context.settings;
  const task = restoreClean ? clean : undo ? undoRestore : planAndRestore;
  if (context.settings.dryRun) return await task(unlocked(cluster), report);
  report.phase('lock');
  const lease = await lockCluster(context, access, survey.clusterName);
  try {
    const signal = AbortSignal.any([context.signal, lease.lost]);
    await task({ ...cluster, signal, confirmLease: lease.confirm }, report);
  } finally {
    await lease.release();
  }
}

async function clean(run: RestoreRun, report: RestoreReport): Promise<void> {
  report.discard();
  await cleanRestores(run);
}

async function lockCluster(
  { settings, signal, log }: CommandContext,
  { kubernetes }: ClusterAccess,
  clusterName: string,
): Promise<HeldLease> {
  return await takeLease(kubernetes.coordination, {
    namespace: settings.namespace,
    clusterName,
    holder: settings.holder ?? randomUUID(),
    durationMs: settings.lockDurationMs,
    waitMs: settings.lockWaitMs,
    signal,
    log,
  });
}

/** Step 3, what the nodes know of this restore; step 4, the plan, and whether it may be carried out. */
async function planAndRestore(run: RestoreRun, report: RestoreReport): Promise<void> {
  const { context, survey } = run;
  const { settings, log, print } = context;
  report.phase('plan');
  const id = settings.restoreId ?? randomUUID();
  const journals = await readAllJournals(run);
  const standing = standingOf(journals, id, settings.tag);
  if (standing.kind === 'finished') {
    report.discard();
    log.info('This restore is finished already', { restoreId: id, tag: standing.plan.tag });
    print(`Restore ${id} of backup ${standing.plan.tag} is finished already; nothing was done.`);
    return;
  }
  const plan = await planRestore(run, { id, standing, journals });
  context.setTag(plan.manifest.tag);
  for (const line of describePlan(plan, survey.clusterName)) print(line);
  if (settings.dryRun) {
    report.discard();
    print('This was a dry run: nothing was changed.');
    return;
  }
  const { tag } = plan.manifest;
  checkConfirmation(plan.filled, {
    given: settings.restoreConfirm,
    clusterName: survey.clusterName,
    tag,
    isMerge: plan.isMerge,
  });
  const book = openJournalBook(journals, plan.id);
  const work: RestoreWork = {
    run,
    plan,
    book,
    restage: (node, table, description) => mendStaging(work, node, table, description),
  };
  await carryOut(work, journals, report);
  report.restored(plan);
}

/** Steps 5 to 9. However it ends, nothing goes on in the pods and automatic compaction is on. */
async function carryOut(work: RestoreWork, journals: JournalsByPod, report: RestoreReport): Promise<void> {
  const { run, plan, book } = work;
  run.context.log.info('Restoring', {
    restoreId: plan.id,
    tables: plan.groups.length,
    nodes: plan.nodes.length,
  });
  report.phase('rehearse');
  await mendCompaction(run, journals);
  // Once tables are truncated it comes too late: what it would show, the next import shows before the next truncate.
  if (!mayHaveTruncated(book.statesOf(allTables(plan.groups)))) await rehearse(run, plan);
  report.phase('create');
  await createMissing(run, plan);
  try {
    report.phase('stage');
    await beginJournals(work);
    await stageNodes(work);
    report.phase('import');
    const withoutRows = await restoreGroups(work, (group) => checkStillEmpty(work, group));
    report.phase('finish');
    await finishRestore(work, withoutRows);
  } catch (error) {
    await leaveInOrder(work, error);
    throw error;
  }
}
