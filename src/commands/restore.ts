import { randomUUID } from 'node:crypto';
import { type HeldLease, takeLease } from '../kubernetes/lease.ts';
import { openClusterStore, openSourceStore } from './cluster-store.ts';
import type { CommandContext } from './context.ts';
import { checkConfirmation } from './restore/check-confirmation.ts';
import { cleanRestores } from './restore/clean-restores.ts';
import { createMissing } from './restore/create-missing.ts';
import { describePlan } from './restore/describe-plan.ts';
import { finishRestore } from './restore/finish-restore.ts';
import { openJournalBook } from './restore/journal-book.ts';
import { leaveInOrder } from './restore/leave-in-order.ts';
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
import { type ClusterAccess, openClusterAccess } from './session.ts';

/**
 * Brings a backup, or tables of it, back into the cluster that it came from. Everything that can fail fails before the
 * first truncate; docs/restore.md tells the steps. Ends without an error only for a restore that is proven.
 */
export async function restore(context: CommandContext): Promise<void> {
  const report = createRestoreReport(context);
  try {
    await runRestore(context, report);
    report.succeeded();
  } finally {
    await report.push();
  }
}

/** Step 1, the nodes, and step 2, the Lease; a dry run changes nothing and takes none. */
async function runRestore(context: CommandContext, report: RestoreReport): Promise<void> {
  const { settings } = context;
  report.phase('preflight');
  const access = openClusterAccess(context);
  const survey = await surveyAllNodes(context, access, context.signal);
  report.cluster(survey.clusterName, survey.nodes.length);
  const store = openSourceStore(context) ?? openClusterStore(context, survey.clusterName);
  const base = { context, access, survey, store };
  try {
    if (settings.dryRun) {
      const unlocked = { ...base, signal: context.signal, confirmLease: async () => {} };
      return await (settings.restoreClean ? clean : planAndRestore)(unlocked, report);
    }
    report.phase('lock');
    const lease = await lockCluster(context, access, survey.clusterName);
    try {
      const signal = AbortSignal.any([context.signal, lease.lost]);
      const run: RestoreRun = { ...base, signal, confirmLease: lease.confirm };
      await (settings.restoreClean ? clean : planAndRestore)(run, report);
    } finally {
      await lease.release();
    }
  } finally {
    store.close();
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
  });
  const book = openJournalBook(journals, plan.id);
  await carryOut({ run, plan, book }, journals, report);
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
    const withoutRows = await restoreGroups(work);
    report.phase('finish');
    await finishRestore(work, withoutRows);
  } catch (error) {
    await leaveInOrder(work, error);
    throw error;
  }
}
