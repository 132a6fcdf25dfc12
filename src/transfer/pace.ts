import { pause } from '../time-limit.ts';

/** Shorter waits cost more than they hold back. */
const shortestWaitMs = 20;

/** Holds one stream to so many bytes a second, 0 = no limit: resolves when the bytes that just passed are paid for. */
export function createPace(
  bytesPerSecond: number,
  now: () => number = () => performance.now(),
): (bytes: number, signal: AbortSignal) => Promise<void> {
  let freeAt = now();
  return async (bytes, signal) => {
    if (bytesPerSecond === 0) return;
    freeAt = Math.max(freeAt, now()) + (bytes / bytesPerSecond) * 1000;
    const waitMs = freeAt - now();
    if (waitMs >= shortestWaitMs) await pause(waitMs, signal);
  };
}
