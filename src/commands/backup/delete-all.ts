import { CainError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';

/** Deletes records of this run; what the store will not delete (Object Lock, a policy) is an error, not a silence. */
export async function deleteAll(store: Store, keys: readonly string[], signal: AbortSignal): Promise<void> {
  const { refused } = await store.delete(keys, { signal });
  const [first] = refused;
  if (!first) return;
  throw new CainError(
    'CAIN_STORE',
    `The store would not delete ${refused.length} of ${keys.length} records, such as ${first.key}: ${first.reason}`,
  );
}
