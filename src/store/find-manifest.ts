import { formatError } from '../record.ts';
import { manifestKey } from './layout.ts';
import { isTombstone, type Manifest, mostManifestBytes, parseManifest, type Tombstone } from './manifest.ts';
import { readStored } from './read-object.ts';
import type { Store } from './store.ts';
import { isMissing } from './unreadable.ts';

export interface FoundManifest {
  readonly record: Manifest | Tombstone;
  readonly since: Date;
}

/**
 * What lies at a tag's manifest key; undefined = nothing. One request where there is something, which is nearly always:
 * a year of backups is read in half the time. Throws where it can't be read or is another tag's.
 */
export async function findManifest(
  store: Store,
  tag: string,
  signal: AbortSignal,
): Promise<FoundManifest | undefined> {
  const key = manifestKey(tag);
  const found = await readStored(store, key, signal, mostManifestBytes).catch(async (error: unknown) => {
    if (!isMissing(error)) throw error;
    // Backups are deleted on the word that this one is missing: only a look that knows the ways servers say so counts.
    if (!(await store.head(key, { signal }))) return undefined;
    return await readStored(store, key, signal, mostManifestBytes);
  });
  if (!found) return undefined;
  const record = parseManifest(found.bytes, key);
  if (!isTombstone(record) && record.tag !== tag) {
    throw formatError(key, `it is the manifest of ${record.tag}`);
  }
  return { record, since: found.lastModified };
}
