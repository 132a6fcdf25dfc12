import { CainError } from '../errors.ts';
import { differentialMarkKey, parseDataKey } from '../store/layout.ts';
import type { SweepRun } from './sweep-run.ts';

const markBytes = Buffer.from('{"note":"This backup has expired, its objects are being deleted."}\n');

/**
 * Puts differential.json where objects are about to go, unless it is there: the original must panic on it before it
 * restores the part that is left. It stays until the last object of its tag is gone.
 */
export async function putMarks(
  { store, signal, marked }: SweepRun,
  doomedKeys: readonly string[],
): Promise<void> {
  const markKeys = new Set(doomedKeys.flatMap((key) => parseDataKey(key) ?? []).map(differentialMarkKey));
  for (const key of markKeys) {
    if (marked.has(key)) continue;
    try {
      await store.put(key, markBytes, { ifNoneMatch: '*', signal });
    } catch (error) {
      if (!(error instanceof CainError) || error.code !== 'CAIN_STORE_EXISTS') throw error;
    }
    marked.add(key);
  }
}
