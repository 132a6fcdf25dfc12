import type { Catalog } from '../store/catalog.ts';
import { backupPrefix, expiredKey, manifestKey, runKey } from '../store/layout.ts';
import { deleteRecords, keysUnder } from './delete-objects.ts';
import type { SweepRun } from './sweep-run.ts';
import type { SweptTag } from './sweep-scope.ts';

/**
 * Deletes the records of finished tags. What a later sweep goes by is deleted last: the expiry record of a backup,
 * the tombstone of an abandoned run. So a sweep that is cut short anywhere is completed by the next one.
 */
export async function removeRecords(
  run: SweepRun,
  catalog: Catalog,
  finished: readonly SweptTag[],
): Promise<void> {
  const completeTags = new Set(
    [...catalog.backups, ...catalog.expiring].flatMap((manifest) => manifest.completeTags),
  );
  const withRecords = new Set([...catalog.withoutManifest, ...catalog.abandoned.map(({ tag }) => tag)]);
  const withRun = new Set(catalog.runTags);
  for (const { tag, kind } of finished) {
    if (kind === 'abandoned' && withRun.has(tag) && !(await deleteRecords(run, [runKey(tag)]))) continue;
    if (withRecords.has(tag) && !(await removeBackupRecords(run, tag))) continue;
    // While a live manifest names the tag, only this record says that it is not just missing from the listing.
    if (kind === 'expired' && !completeTags.has(tag)) await deleteRecords(run, [expiredKey(tag)]);
  }
}

/** Inventories, topology, schema, roles; then what lies at the manifest's key. False = something stays. */
async function removeBackupRecords(run: SweepRun, tag: string): Promise<boolean> {
  const last = manifestKey(tag);
  const keys = await keysUnder(run, backupPrefix(tag));
  const others = keys.filter((key) => key !== last);
  if (!(await deleteRecords(run, others))) return false;
  return !keys.includes(last) || (await deleteRecords(run, [last]));
}
