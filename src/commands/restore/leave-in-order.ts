import { stopScripts } from '../../cassandra/broken-import.ts';
import { removeRestore } from '../../cassandra/clean-restore.ts';
import { restoreCompaction } from '../../cassandra/compaction.ts';
import { isScratchKeyspace } from '../../cassandra/scratch-keyspaces.ts';
import { CainError, exitCodeOf } from '../../errors.ts';
import { mayHaveTruncated } from './next-step.ts';
import { allTables } from './restore-plan.ts';
import { journalOf, onAllNodes, type RestoreRun } from './restore-run.ts';
import type { ImportWork } from './restore-work.ts';

/** Long enough for nodetool on a busy node; the Job's grace period must be longer. */
const cleanupLimitMs = 120_000;

/**
 * After a restore failed or was stopped: nothing of it goes on in the pods, and automatic compaction is on. The staging
 * stays for the run that goes on with it, unless no run can and nothing was truncated yet. Gives the error to throw.
 */
export async function leaveInOrder({ run, plan, book }: ImportWork, error: unknown): Promise<unknown> {
  const fresh: RestoreRun = { ...run, signal: AbortSignal.timeout(cleanupLimitMs) };
  const isHopeless = isFinal(error) && !run.signal.aborted;
  const isHarmless = !mayHaveTruncated(book.statesOf(allTables(plan.groups)));
  try {
    await onAllNodes(plan.nodes, async ({ node }) => {
      const { pod, dataDirectories } = node;
      await stopScripts(run.access.tools, pod, journalOf(node, plan.id), fresh.signal);
      await restoreCompaction(run.access.tools, pod, journalOf(node, plan.id), fresh.signal);
      if (!isHopeless || !isHarmless) return;
      await removeRestore(run.access.tools, pod, { id: plan.id, dataDirectories }, fresh.signal);
    });
  } catch (failure) {
    if (error instanceof CainError) error.cleanupErrors.push(failure);
    else run.context.log.warn('Clean-up after a failed restore failed too', { error: failure });
  }
  // Nothing of a drill stays.
  const isDrill = plan.groups.every(({ keyspace }) => isScratchKeyspace(keyspace));
  return isHarmless || isDrill ? error : unfinishedError(error, plan.id);
}

/** Whether a run with the same backup and tables would end here, too. What lacks a confirmation goes on once it has it. */
function isFinal(error: unknown): boolean {
  const isUnconfirmed = error instanceof CainError && error.code === 'CAIN_RESTORE_UNCONFIRMED';
  return [3, 5].includes(exitCodeOf(error)) && !isUnconfirmed;
}

/** Pure. Exit code 3 says that nothing was changed, which is not so any more. */
function unfinishedError(error: unknown, restoreId: string): unknown {
  if (!(error instanceof CainError) || exitCodeOf(error) !== 3) return error;
  const hint = error.hint?.replace(/^Nothing was changed\. /, '');
  const unfinished = new CainError(
    'CAIN_RESTORE_UNFINISHED',
    `Restore ${restoreId} has truncated tables, and stopped: ${error.message}`,
    {
      hint: `${hint ? `${hint} ` : ''}Then run it again with the same settings: it goes on where it was.`,
      cause: error,
      fields: { ...error.fields, restoreId },
    },
  );
  unfinished.cleanupErrors.push(...error.cleanupErrors);
  return unfinished;
}
