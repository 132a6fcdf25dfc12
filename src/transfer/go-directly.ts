import { CainError, isRetryable, messageOf } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { Logger } from '../log.ts';
import { retryDelayMs } from '../retry.ts';
import type { Store } from '../store/store.ts';
import { pause } from '../time-limit.ts';
import { trialKey } from './direct-trial.ts';

/** Of an open way, without any progress. A round has all the retries of its sessions and of their requests in it. */
const furtherRounds = 1;

export interface GoDirectlyOptions {
  readonly pod: CassandraPod;
  readonly store: Store;
  readonly mayFallBack: boolean;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Files that are not done. */
  readonly left: () => number;
  /** What stands in the way right now; undefined = nothing. */
  readonly tryAgain: () => Promise<string | undefined>;
}

/**
 * Runs a direct transfer until it succeeds. Gives the reason when its way is closed, so that exec may do better, else
 * undefined. A store that falters for everybody closes no way: then the API server would carry every byte of the
 * cluster from there on. So a failure is followed by a trial from that pod and by a question of our own to the store.
 */
export async function goDirectly(
  transfer: () => Promise<void>,
  options: GoDirectlyOptions,
): Promise<string | undefined> {
  const { pod, signal, log } = options;
  for (let failures = 0; ; ) {
    const before = options.left();
    try {
      await transfer();
      return undefined;
    } catch (error) {
      if (!options.mayFallBack || signal.aborted || !isClosedWay(error)) throw error;
      failures = options.left() < before ? 1 : failures + 1;
      const reason = await options.tryAgain();
      // What a trial can't see, like a proxy that takes no large body, closes the way as well, once it is tried enough.
      const isTriedEnough = failures > furtherRounds || !isRetryable(error);
      if (reason !== undefined || isTriedEnough) {
        // A store that is down for all was asked often enough by now: each attempt has its own retries.
        if (!(await doesAnswer(options))) throw error;
        return reason ?? messageOf(error);
      }
      log.warn('The direct way failed and is tried again', { pod: pod.name, failures, error });
    }
    await pause(retryDelayMs(failures), signal);
  }
}

async function doesAnswer({ store, pod, signal }: GoDirectlyOptions): Promise<boolean> {
  try {
    await store.head(trialKey(pod.name), { signal });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

const closedWays: ReadonlySet<string> = new Set([
  'CAIN_STORE',
  'CAIN_STORE_ACCESS',
  'CAIN_TIMEOUT',
  'CAIN_EXEC_FAILED',
]);

/** Whether exec may do better: it has another route, other requests, and needs no Python. */
function isClosedWay(error: unknown): boolean {
  return error instanceof CainError && closedWays.has(error.code);
}
