import { setTimeout as delay } from 'node:timers/promises';

/** Asks until there is an answer; what an attempt throws is told when the limit is over. */
export async function until<T>(
  what: string,
  limitMs: number,
  attempt: () => Promise<T | undefined>,
  intervalMs = 300,
): Promise<T> {
  const limit = Date.now() + limitMs;
  let cause: unknown;
  while (Date.now() < limit) {
    try {
      const answer = await attempt();
      if (answer !== undefined) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(intervalMs);
  }
  throw new Error(`After ${limitMs / 1000} s it is still not so that ${what}`, { cause });
}
