import { retry } from '../retry.ts';

/** With their doubling pauses these take about a quarter of a minute: a change of schema takes a moment to reach every node. */
const settleRetries = 5;

/** Gives `use` what was seen, and what is read anew as long as it throws an error that may pass. */
export async function untilSettled<State, Result>(
  seen: State | undefined,
  read: () => Promise<State>,
  use: (state: State) => Result | Promise<Result>,
  options: { signal: AbortSignal; mayRetry?: (error: unknown) => boolean },
): Promise<Result> {
  let known = seen;
  return await retry(
    async () => {
      const state = known ?? (await read());
      known = undefined;
      return await use(state);
    },
    { ...options, retries: settleRetries },
  );
}
