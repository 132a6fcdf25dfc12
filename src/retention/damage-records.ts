import type { Catalog } from '../store/catalog.ts';
import { damagedKey } from '../store/layout.ts';
import { deleteRecords } from './delete-objects.ts';
import type { SweepRun } from './sweep-run.ts';

/**
 * Deletes what verify recorded of backups that are gone, once the objects it names are gone too: until then a newer
 * backup may point at them, and the record keeps the next one from reusing them.
 */
export async function removeDamageRecords(run: SweepRun, catalog: Catalog): Promise<void> {
  const kept = new Set([...catalog.backups, ...catalog.expiring].map(({ tag }) => tag));
  for (const [tag, { objects }] of catalog.damaged) {
    if (kept.has(tag) || (await isAnyThere(run, objects))) continue;
    await deleteRecords(run, [damagedKey(tag)]);
  }
}

async function isAnyThere({ store, signal }: SweepRun, keys: readonly string[]): Promise<boolean> {
  for (const key of keys) if (await store.head(key, { signal })) return true;
  return false;
}
