import { CainError } from '../errors.ts';
import { retryDelayMs } from '../retry.ts';

/** A pod that restarts, moves to another machine even, or an API server that is replaced: back within minutes. */
const longestAwayMs = 10 * 60_000;

export interface Patience {
  /** How long to wait before the next attempt; undefined = give up. */
  afterFailure(error: unknown, hasProgress: boolean): number | undefined;
  /** Attempts since the last one that made progress. */
  readonly failures: number;
}

/**
 * How often something that breaks off is taken up again: `retries` times without any progress. While no exec can be
 * opened at all nothing is tried, so that does not count for as long as a restart may take; but for those who want
 * no retries.
 */
export function createPatience(retries: number, now: () => number = () => performance.now()): Patience {
  let failures = 0;
  let refusals = 0;
  let awaySince: number | undefined;
  return {
    afterFailure(error, hasProgress) {
      if (hasProgress) failures = 0;
      if (isRefused(error) && retries > 0) {
        awaySince ??= now();
        refusals++;
        return now() - awaySince > longestAwayMs ? undefined : retryDelayMs(refusals);
      }
      awaySince = undefined;
      refusals = 0;
      failures++;
      return failures > retries ? undefined : retryDelayMs(failures);
    },
    get failures() {
      return failures;
    },
  };
}

function isRefused(error: unknown): boolean {
  return error instanceof CainError && error.code === 'CAIN_EXEC_REFUSED';
}
