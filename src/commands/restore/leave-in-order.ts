import { stopScripts } from '../../cassandra/broken-import.ts';
import { removeRestore } from '../../cassandra/clean-restore.ts';
import { restoreCompaction } from '../../cassandra/compaction.ts';
import { CainError, exitCodeOf } from '../../errors.ts';
import { mayHaveTruncated } from './next-step.ts';
import { allTables } from './restore-plan.ts';
import { journalOf, onAllNodes, type RestoreRun } from './restore-run.ts';
import type { ImportWork } from './restore-work.ts';

/** Long enough for nodetool on a busy node; the Job's grace period must be longer. */
const cleanupLimitMs = 120_000;

/**
 * After a restore failed or was stopped: nothing of it goes on in the pods, and automatic compaction is on. The staging
 * stays for the run that goes on with it, unless no run can and nothing was truncated yet.
 */
export async function leaveInOrder({ run, plan, book }: ImportWork, error: unknown): Promise<void> {
  const fresh: RestoreRun = { ...run, signal: AbortSignal.timeout(cleanupLimitMs) };
  const isHopeless = [3, 5].includes(exitCodeOf(error)) && !run.signal.aborted;
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
}
