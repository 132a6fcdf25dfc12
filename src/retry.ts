import { isRetryable } from './errors.ts';
import { pause } from './time-limit.ts';

const firstDelayMs = 500;
/** Longer waits only lengthen the night: a pod that restarts is back within minutes. */
const longestDelayMs = 30_000;

/** The wait before the n-th retry (n from 1): doubling, with jitter so that many nodes don't retry in step. */
export function retryDelayMs(retry: number, random: () => number = Math.random): number {
  const base = Math.min(longestDelayMs, firstDelayMs * 2 ** (retry - 1));
  return base * (0.75 + random() / 2);
}

/** Calls a task again as long as its error says `retryable`, at most `retries` times more. The task must start afresh each time. */
export async function retry<T>(
  task: (attempt: number) => Promise<T>,
  options: {
    retries: number;
    signal: AbortSignal;
    /** Asked of an error that says `retryable`; default: yes. */
    mayRetry?: (error: unknown) => boolean;
    onRetry?: (error: unknown, attempt: number) => void;
  },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt);
    } catch (error) {
      if (!isRetryable(error) || attempt > options.retries || options.signal.aborted) throw error;
      if (options.mayRetry && !options.mayRetry(error)) throw error;
      options.onRetry?.(error, attempt);
      await pause(retryDelayMs(attempt), options.signal);
    }
  }
}
