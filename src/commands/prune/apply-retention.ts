import { newTally } from '../../retention/sweep-run.ts';
import { carryOutRetention, type RetentionProgress, type RetentionRun } from './carry-out.ts';
import { oldestRestorable } from './decide.ts';

export interface PruneOutcome {
  /** Backups that were live before and no longer are. */
  readonly deletedBackups: number;
  readonly deletedObjects: number;
  readonly deletedBytes: number;
  /** Live backups of the plan; undefined = the catalog could not be read. */
  readonly retainedBackups: number | undefined;
  readonly oldestRestorable?: Date;
  /** It would have taken over half of the plan's backups, and so deleted nothing. */
  readonly isHeldBack: boolean;
  /** False when anything failed, and when it was held back. */
  readonly isSuccess: boolean;
  readonly error?: unknown;
}

/**
 * Retention as a backup applies it after its commit. Never rejects: the backup stands whatever becomes of this; what
 * went wrong is logged here and told in the outcome.
 */
export async function applyRetention(run: RetentionRun): Promise<PruneOutcome> {
  const progress: RetentionProgress = { expired: [], tally: newTally() };
  try {
    await carryOutRetention(run, progress);
  } catch (error) {
    run.log.warn('Retention could not be applied; the backup stands', { error });
    return { ...outcomeOf(progress), isSuccess: false, error };
  }
  const heldBack = progress.decision?.heldBack;
  if (heldBack) {
    run.log.warn('Retention would take over half of the backups of this plan, so nothing was deleted', {
      ...heldBack,
      hint: `Check the CAIN_KEEP_* settings; if they are right, set CAIN_PRUNE_CONFIRM=${heldBack.expiring}.`,
    });
  }
  return outcomeOf(progress);
}

export function outcomeOf({ catalog, decision, expired, tally }: RetentionProgress): PruneOutcome {
  const isHeldBack = decision?.heldBack !== undefined;
  const oldest = catalog && decision && oldestRestorable(catalog, decision.plan, expired);
  const planBackups = catalog?.backups.filter(({ plan }) => plan === decision?.plan);
  return {
    deletedBackups: expired.length,
    deletedObjects: tally.deletedObjects,
    deletedBytes: tally.deletedBytes,
    retainedBackups: planBackups && planBackups.length - expired.length,
    ...(oldest ? { oldestRestorable: oldest } : {}),
    isHeldBack,
    isSuccess: !isHeldBack,
  };
}
