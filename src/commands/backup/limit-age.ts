import { CainError } from '../../errors.ts';
import { oldestRunMs } from '../../retention/oldest-run.ts';

/** Node's timers hold no more and would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

export interface AgeLimit {
  /** Fires when the run has become too old to commit: whatever it uploads from then on is for nothing. */
  readonly signal: AbortSignal;
  stop(): void;
}

/** Limits a run that begins now. The commit asks the clock once more, since timers stand still while a machine sleeps. */
export function limitAge(pruneGraceMs: number): AgeLimit {
  const controller = new AbortController();
  const limitMs = oldestRunMs(pruneGraceMs);
  const timer = setTimeout(() => controller.abort(tooOldError(limitMs)), Math.min(limitMs, longestTimerMs));
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}

export function tooOldError(ageMs: number): CainError {
  return new CainError(
    'CAIN_ABANDONED',
    `The run is ${Math.round(ageMs / 3600_000)} h old, too old to commit`,
    {
      hint: 'A prune may have deleted objects that it reuses. The next run adopts what it stored.',
    },
  );
}
