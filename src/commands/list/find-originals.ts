import { isDataLocation } from '../../store/our-key.ts';
import type { Store } from '../../store/store.ts';

/** A backup without a manifest: one of the original Cain's. */
export interface OriginalBackup {
  readonly tag: string;
  readonly keyspaces: ReadonlyArray<{ readonly name: string; readonly sum: string }>;
}

/** Finds what the original Cain stored here, by the form of its keys, oldest first. Restore takes such a tag too. */
export async function findOriginals(
  store: Store,
  knownTags: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<readonly OriginalBackup[]> {
  const found = new Map<string, Array<{ name: string; sum: string }>>();
  for await (const name of store.listNames('', { signal })) {
    if (name === '.cain') continue;
    for await (const sum of store.listNames(`${name}/`, { signal })) {
      for await (const tag of store.listNames(`${name}/${sum}/`, { signal })) {
        if (knownTags.has(tag) || !isDataLocation({ keyspace: name, sum, tag })) continue;
        found.set(tag, [...(found.get(tag) ?? []), { name, sum }]);
      }
    }
  }
  return [...found]
    .map(([tag, keyspaces]) => ({ tag, keyspaces }))
    .toSorted((a, b) => (a.tag < b.tag ? -1 : 1));
}
