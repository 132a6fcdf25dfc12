import { randomUUID } from 'node:crypto';
import { type HeldLease, takeLease } from '../kubernetes/lease.ts';
import type { Settings } from '../settings/table.ts';
import { backup } from './backup.ts';
import { openClusterStore, openSourceStore } from './cluster-store.ts';
import type { CommandContext } from './context.ts';
import { planFirstBackup } from './restore/backup-first.ts';
import { carryOut, restoreWork } from './restore/carry-out.ts';
import { checkConfirmation } from './restore/check-confirmation.ts';
import { cleanRestores } from './restore/clean-restores.ts';
import { describePlan } from './restore/describe-plan.ts';
import { drill } from './restore/drill.ts';
import { finishRestore } from './restore/finish-restore.ts';
import { openJournalBook } from './restore/journal-book.ts';
import { withOriginal } from './restore/original/with-original.ts';
import { planRestore } from './restore/plan-restore.ts';
import { readAllJournals } from './restore/read-journals.ts';
import { surveyAllNodes } from './restore/read-ring.ts';
import { createRestoreReport, type RestoreReport } from './restore/restore-report.ts';
import { readRolePlan, restoreRoles } from './restore/restore-roles.ts';
import type { RestoreRun } from './restore/restore-run.ts';
import { standingOf } from './restore/resume.ts';
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
  const { backupFirst, dryRun } = context.settings;
  if (!backupFirst || dryRun || taskOf(context.settings) !== planAndRestore) return context;
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
  const survey = await surveyAllNodes(context, access, report.cluster);
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
  const task = taskOf(context.settings);
  if (context.settings.dryRun) return await task(unlocked(cluster), report);
  report.phase('lock');
  const lease = await lockCluster(context, access, survey.clusterName);
  try {
    const signal = AbortSignal.any([context.signal, lease.lost]);
    // After a long wait it may be another ring, and the other run has filled the disks.
    const seen = lease.hasWaited
      ? await surveyAllNodes({ ...context, signal }, access, report.cluster)
      : survey;
    await task({ ...cluster, survey: seen, signal, confirmLease: lease.confirm }, report);
  } finally {
    await lease.release();
  }
}

type Task = (run: RestoreRun, report: RestoreReport) => Promise<void>;

function taskOf({ restoreClean, undo, drill: isDrill }: Settings): Task {
  if (restoreClean) return clean;
  if (undo) return undoRestore;
  return isDrill ? drill : planAndRestore;
}

async function clean(run: RestoreRun): Promise<void> {
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
async function planAndRestore(given: RestoreRun, report: RestoreReport): Promise<void> {
  const run = await withOriginal(given);
  const { context, survey } = run;
  const { settings, log, print } = context;
  report.phase('plan');
  const id = settings.restoreId ?? randomUUID();
  const journals = await readAllJournals(run);
  const standing = standingOf(journals, id, settings.tag ?? 'latest');
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
  const roles = settings.restoreRoles ? await readRolePlan(run, plan.manifest) : undefined;
  const work = restoreWork(run, plan, openJournalBook(journals, plan.id, plan.nodes));
  const finish = async (withoutRows: readonly string[]): Promise<void> => {
    const restored = roles && (await restoreRoles(run, roles));
    await finishRestore(work, { withoutRows, roles: restored });
  };
  await carryOut(work, { journals, report, finish });
  report.restored(plan);
}
