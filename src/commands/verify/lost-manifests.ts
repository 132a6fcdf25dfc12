import { CainError } from '../../errors.ts';
import { type Catalog, type UnreadableRecord, unfinishedTags } from '../../store/catalog.ts';
import { manifestKey } from '../../store/layout.ts';

/** Pure. Backups whose manifest is gone though nobody expired them: a newer one knew them, or their other records are there. */
export function lostManifests(catalog: Catalog): readonly UnreadableRecord[] {
  const { backups, expiring, expired, unreadable, withoutManifest } = catalog;
  const accountedFor = new Set([
    ...[...backups, ...expiring, ...unreadable].map(({ tag }) => tag),
    ...expired.map(({ record }) => record.tag),
    ...unfinishedTags(catalog),
  ]);
  // What an expiring one knew may have gone for good since.
  const known = new Set([...withoutManifest, ...backups.flatMap(({ completeTags }) => completeTags)]);
  return [...known]
    .filter((tag) => !accountedFor.has(tag))
    .toSorted()
    .map((tag) => {
      const key = manifestKey(tag);
      const error = new CainError('CAIN_STORE_MISSING', `The manifest of backup ${tag} is missing: ${key}`, {
        hint: 'Bring it back from an older version of the bucket. Nobody expired this backup.',
      });
      return { key, tag, error };
    });
}
