import { isRetryable } from '../../errors.ts';
import { recordVerdict, type Verdict } from './damage-book.ts';
import type { BackupVerdict, Outcome } from './outcome.ts';
import type { VerifyRun } from './verify-run.ts';

/**
 * Writes what was found beside each backup that it concerns. One record that is refused to us keeps none of the others
 * from theirs: the first failure is thrown when all that can be written is. A store in trouble ends it at once.
 */
export async function recordVerdicts(run: VerifyRun, outcome: Outcome): Promise<void> {
  const failures: unknown[] = [];
  for (const backup of outcome.backups) {
    try {
      await recordOne(run, backup, outcome);
    } catch (error) {
      run.signal.throwIfAborted();
      if (isRetryable(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function recordOne(
  run: VerifyRun,
  { manifest, damaged, isChosen }: BackupVerdict,
  outcome: Outcome,
): Promise<void> {
  const verdict = {
    tag: manifest.tag,
    damaged: new Set(damaged.map(({ key }) => key)),
    isPartial: run.findings.isPartial,
  };
  const recorded = await recordVerdict(
    run.store,
    { ...verdict, ...(isChosen ? verdictOfVerified(run, manifest.tag) : nothingDisproved) },
    run.signal,
  );
  outcome.recorded.set(manifest.tag, recorded);
  if (recorded.isMended) {
    run.log.info('A backup that was found damaged before is whole again', { verifiedTag: manifest.tag });
  }
}

type Disproof = Pick<Verdict, 'isMended' | 'isEverythingRead'>;

const nothingDisproved: Disproof = { isMended: () => false, isEverythingRead: false };

/**
 * What an earlier finding needs to be taken back: the bytes were read and are right, or no inventory names the object
 * any more and all inventories of the backup could be read.
 */
function verdictOfVerified({ findings, isFull, slice }: VerifyRun, tag: string): Disproof {
  const { halfRead, wholeAgain, namedAgain, unclear, tally } = findings;
  const isAllKnown = !halfRead.has(tag);
  return {
    isMended: (key) => wholeAgain.has(key) || (isAllKnown && !namedAgain.has(key)),
    isEverythingRead: isFull && !slice && isAllKnown && unclear.length === 0 && tally.archived === 0,
  };
}
