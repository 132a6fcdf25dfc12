import { setTimeout as sleep } from 'node:timers/promises';
import { CainError } from './errors.ts';

/** 24 days: Node's timers hold no more and would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Runs a task that gets an AbortSignal of its own: it fires when the limit is over (CAIN_TIMEOUT) or
 * when the outer signal does, and the promise rejects then even if the task does not heed it.
 */
export async function withTimeLimit<T>(
  what: string,
  limitMs: number,
  outer: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const controller = new AbortController();
  const onTime = (): void => controller.abort(timeLimitError(what, limitMs));
  const timer = setTimeout(onTime, Math.min(limitMs, longestTimerMs));
  const onOuterAbort = (): void => controller.abort(outer.reason);
  outer.addEventListener('abort', onOuterAbort, { once: true });
  try {
    return await Promise.race([task(controller.signal), rejectOnAbort(controller.signal)]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', onOuterAbort);
  }
}

export function timeLimitError(what: string, limitMs: number): CainError {
  return new CainError('CAIN_TIMEOUT', `${what} took longer than ${limitMs / 1000} s`, { retryable: true });
}

/** Rejects with the signal's reason when it fires; never resolves. */
export function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Waits; rejects with the signal's own reason when it fires. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
