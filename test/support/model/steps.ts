import { setImmediate as nextTurn } from 'node:timers/promises';

/** Long work in pieces, a yield after each. */
export type Steps<Result> = Generator<void, Result>;

/** Far below what a Lease or a ping waits for. */
const longestTurnMs = 500;

export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The cluster's API answers from the same process: it gets its turns, even while a node links thousands of files. */
export async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  let begunAt = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - begunAt < longestTurnMs) continue;
    await nextTurn();
    begunAt = performance.now();
  }
}
