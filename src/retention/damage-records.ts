import type { Catalog } from '../store/catalog.ts';
import { damagedKey } from '../store/layout.ts';
import { makeTag } from '../store/tag.ts';
import { deleteRecords } from './delete-objects.ts';
import type { SweepRun } from './sweep-run.ts';

/** A tag is made by Cain's clock, which is no further off the store's than this. */
const mostClockSkewMs = 5 * 60_000;

/**
 * Deletes what verify recorded of backups that are gone, once the objects it names are gone too: until then a newer
 * backup may point at them, and the record keeps the next one from reusing them. One that does not name all
 * may mean any object of its time: it goes with the last backup of then, since later ones reused nothing.
 */
export async function removeDamageRecords(run: SweepRun, catalog: Catalog): Promise<void> {
  const kept = new Set([...catalog.backups, ...catalog.expiring].map(({ tag }) => tag));
  for (const [tag, { objects, isPartial }] of catalog.damaged) {
    if (kept.has(tag) || (await isAnyThere(run, objects))) continue;
    if (isPartial && (await isAnyOlder(run, damagedKey(tag), kept))) continue;
    await deleteRecords(run, [damagedKey(tag)]);
  }
}

async function isAnyThere({ store, signal }: SweepRun, keys: readonly string[]): Promise<boolean> {
  for (const key of keys) if (await store.head(key, { signal })) return true;
  return false;
}

async function isAnyOlder(
  { store, signal }: SweepRun,
  key: string,
  tags: ReadonlySet<string>,
): Promise<boolean> {
  const head = await store.head(key, { signal });
  if (!head) return false;
  const newestOfThen = makeTag(new Date(head.lastModified.getTime() + mostClockSkewMs));
  return [...tags].some((tag) => tag <= newestOfThen);
}
