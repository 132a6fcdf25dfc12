import { runKey, runsPrefix } from '../../store/layout.ts';
import { applyRetention, type PruneOutcome } from '../prune/apply-retention.ts';
import type { BackupRun } from './backup-run.ts';
import { deleteAll } from './delete-all.ts';
import { removeDifferentialMarks } from './records.ts';
import type { ClusterState } from './take-snapshots.ts';

export interface Aftermath {
  readonly cleanupSucceeded: boolean;
  readonly prune: PruneOutcome | undefined;
}

/**
 * Step 10: what follows a commit. Whatever fails here is told and has its own metric; the backup stands, and the
 * next run finishes it.
 */
export async function finishCommitted(
  run: BackupRun,
  state: ClusterState,
  isFull: boolean,
): Promise<Aftermath> {
  const { context, store, signal, tag, lease } = run;
  const { settings, log, now } = context;
  const cleanupSucceeded = await attempt(run, 'Removing the records of this run failed', async () => {
    if (isFull) await removeDifferentialMarks(run, state.descriptions);
    await removeRunRecords(run);
  });
  let prune: PruneOutcome | undefined;
  await attempt(run, 'Prune failed; the backup stands', async () => {
    prune = await applyRetention({
      store,
      settings,
      log,
      signal,
      now,
      confirmLease: lease.confirm,
      ownTag: tag,
    });
  });
  return { cleanupSucceeded, prune };
}

/** Checkpoints first: as long as the run record is there a sweep finds them. */
async function removeRunRecords({ store, tag, signal }: BackupRun): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list(`${runsPrefix}${tag}/`, { signal })) keys.push(key);
  await deleteAll(store, keys, signal);
  await deleteAll(store, [runKey(tag)], signal);
}

async function attempt({ context }: BackupRun, what: string, task: () => Promise<void>): Promise<boolean> {
  try {
    await task();
    return true;
  } catch (error) {
    context.log.warn(what, { error });
    return false;
  }
}
