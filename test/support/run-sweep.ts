import { sweep } from '../../src/retention/sweep.ts';
import type { SweepOptions, SweepTally } from '../../src/retention/sweep-run.ts';
import type { Store } from '../../src/store/store.ts';
import type { History } from './history.ts';
import { recordLog } from './recording-log.ts';

const never = new AbortController().signal;

/** Sweeps a history with a grace of 24 hours, or as told. */
export async function runSweep(
  history: Pick<History, 'store' | 'now'>,
  options: Partial<SweepOptions> & { readonly store?: Store } = {},
): Promise<SweepTally> {
  const { store = history.store, ...rest } = options;
  return await sweep(store, {
    now: history.now(),
    graceMs: 24 * 3600_000,
    signal: never,
    log: recordLog(),
    confirmLease: async () => {},
    ...rest,
  });
}
