import { CainError } from '../../errors.ts';
import { withTimeLimit } from '../../time-limit.ts';
import type { BackupReport } from './backup-report.ts';
import type { BackupRun } from './backup-run.ts';
import { clearAllSnapshots, mostNodesAtOnce } from './take-snapshots.ts';

/** Long enough for nodetool on a busy node; the Job's grace period must be longer. */
const limitOfWaveMs = 120_000;

/**
 * Runs a task and clears this run's snapshots however it ends, also when the run was told to stop. A clean-up that
 * fails never replaces the first error; after a success it is told and has its own metric.
 */
export async function withSnapshotsCleared<T>(
  run: BackupRun,
  report: Pick<BackupReport, 'phase' | 'cleaned'>,
  task: () => Promise<T>,
  limitMs = limitOfWaveMs * Math.ceil(run.survey.nodes.length / mostNodesAtOnce),
): Promise<T> {
  const never = new AbortController().signal;
  const clear = async () => {
    let isDone = false;
    try {
      await withTimeLimit('Clearing the snapshots', limitMs, never, (signal) =>
        clearAllSnapshots(run, signal),
      );
      isDone = true;
    } finally {
      report.cleaned(isDone);
    }
  };
  let result: T;
  try {
    result = await task();
  } catch (error) {
    await clear().catch((cleanupError: unknown) => {
      if (error instanceof CainError) error.cleanupErrors.push(cleanupError);
      else run.context.log.error('Clearing snapshots failed', { error: cleanupError });
    });
    throw error;
  }
  report.phase('clear-snapshots');
  await clear().catch((error: unknown) => {
    run.context.log.error('Clearing snapshots failed; the next run clears them', { error });
  });
  return result;
}
