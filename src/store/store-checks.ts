import { retry } from '../retry.ts';
import type { Store } from './store.ts';
import { checksumTrials, conditionTrials, type Trial } from './store-trials.ts';

export interface StoreProbe {
  /** If-None-Match (of puts and of uploads) and If-Match work. */
  readonly conditionalWrites: boolean;
  /** Wrong CRC-32s are refused: of puts, of parts and of whole uploads. */
  readonly checksums: boolean;
  /** A sentence for each thing that the settings ask for and that it does not do: encryption, tags, Object Lock. */
  readonly ignored: readonly string[];
  /** `expires` = lifecycle rules of the bucket would delete our objects. */
  readonly lifecycle: 'safe' | 'expires' | 'unknown';
  /** A sentence for each thing that is not as it should be. */
  readonly details: readonly string[];
}

/** Beside those of the store itself: two probes at a time may get in each other's way (409 on AWS). */
const retries = 3;

/**
 * Finds out by trying, since stores that don't support conditions or checksums mostly ignore them in silence.
 * Writes a few small objects under `.cain/probe/`. Throws what stands in the way of trying: no access, no answer.
 */
export async function probeStore(store: Store, { signal }: { signal: AbortSignal }): Promise<StoreProbe> {
  const ignored = await retry(() => store.ignoredAttributes(store.trialKey('attributes'), { signal }), {
    retries,
    signal,
  });
  // Each trial of what follows would only say the same.
  const trials = ignored.length === 0;
  const conditions = trials ? await tryAll(conditionTrials, store, signal) : [];
  const checksums = trials ? await tryAll(checksumTrials, store, signal) : [];
  const { lifecycle, details } = await checkExpiration(store, signal);
  return {
    conditionalWrites: conditions.length === 0,
    checksums: checksums.length === 0,
    ignored,
    lifecycle,
    details: [...conditions, ...checksums, ...details],
  };
}

async function tryAll(
  trials: readonly Trial[],
  store: Store,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const details: string[] = [];
  for (const trial of trials) {
    const detail = await retry(() => trial(store, { signal }), { retries, signal });
    if (detail !== undefined) details.push(detail);
  }
  return details;
}

async function checkExpiration(
  store: Store,
  signal: AbortSignal,
): Promise<Pick<StoreProbe, 'lifecycle' | 'details'>> {
  const rules = await store.expirationRules({ signal });
  if (rules === undefined) {
    const detail = "The bucket's lifecycle rules can't be read: make sure that none deletes what Cain stores";
    return { lifecycle: 'unknown', details: [detail] };
  }
  if (rules.length === 0) return { lifecycle: 'safe', details: [] };
  const names = rules.map(({ id, prefix }) => `"${id}" (prefix "${prefix}")`).join(', ');
  return { lifecycle: 'expires', details: [`Lifecycle rules of the bucket would delete backups: ${names}`] };
}
