import type { CainError } from '../errors.ts';
import { type Catalog, unfinishedTags } from '../store/catalog.ts';
import { expiredKey, manifestKey } from '../store/layout.ts';
import { doubt } from './doubt.ts';
import { giveUpHint } from './give-up.ts';

/** Throws CAIN_PRUNE_STOPPED where the catalog contradicts itself. `ownTag` is the committed backup of the run that prunes. */
export function checkCatalog(catalog: Catalog, ownTag?: string): void {
  const [found] = [
    ...missingCompleteTags(catalog),
    ...missingManifests(catalog),
    ...expiringNewest(catalog),
    ...expiredNewest(catalog),
    ...uncommittedOwnTag(catalog, ownTag),
  ];
  if (found) throw found;
}

/** A listing that misses a manifest would make live objects look like garbage; the other manifests tell. */
function* missingCompleteTags({ backups, expiring, expired }: Catalog): Iterable<CainError> {
  const known = new Set([...backups.map(({ tag }) => tag), ...expired.map(({ record }) => record.tag)]);
  for (const manifest of [...backups, ...expiring]) {
    for (const tag of manifest.completeTags) {
      if (known.has(tag)) continue;
      yield doubt(
        `backup ${manifest.tag} knew backup ${tag}, which is neither there nor recorded as expired`,
        `Bring back ${manifestKey(tag)} or ${expiredKey(tag)} from an older version of the bucket; never delete them by hand, prune does. ${giveUpHint(tag, manifest.plan)}`,
      );
    }
  }
}

/** A run puts its record first, and a sweep deletes manifest and tombstone last: nothing of ours gets here. */
function* missingManifests(catalog: Catalog): Iterable<CainError> {
  const newest = catalog.backups.at(-1);
  const explained = new Set([...catalog.expired.map(({ record }) => record.tag), ...unfinishedTags(catalog)]);
  for (const tag of catalog.withoutManifest) {
    if (explained.has(tag)) continue;
    yield doubt(
      `the manifest of backup ${tag} is missing`,
      newest && newest.tag > tag
        ? `Bring back ${manifestKey(tag)} from an older version of the bucket. ${giveUpHint(tag, newest.plan)}`
        : `Bring back ${manifestKey(tag)} from an older version of the bucket, or take a new backup and prune again.`,
    );
  }
}

/** Expiry never takes the newest of a plan, so newer ones were lost since it was cut short. */
function* expiringNewest({ backups, expiring }: Catalog): Iterable<CainError> {
  for (const { tag, plan } of expiring) {
    if (backups.some((backup) => backup.plan === plan && backup.tag > tag)) continue;
    yield doubt(
      `backup ${tag} is recorded as expired, but it is the newest of plan ${plan}`,
      `Bring back the newer backups from an older version of the bucket, or take a new one. To keep ${tag}, remove ${expiredKey(tag)}.`,
    );
  }
}

/** The same of a backup whose manifest went as it must: a listing that shows no newer one misses some. */
function* expiredNewest({ backups, expiring, expired }: Catalog): Iterable<CainError> {
  const withManifest = new Set(expiring.map(({ tag }) => tag));
  for (const { tag, plan } of expired.map(({ record }) => record)) {
    if (withManifest.has(tag) || backups.some((backup) => backup.plan === plan && backup.tag > tag)) continue;
    yield doubt(
      `backup ${tag} of plan ${plan} is recorded as expired, but no newer backup of that plan is there`,
      `Bring back the newer backups from an older version of the bucket, or take a new one of plan ${plan}.`,
    );
  }
}

/** Until it is committed nothing would protect what it reuses. */
function* uncommittedOwnTag({ backups }: Catalog, ownTag: string | undefined): Iterable<CainError> {
  if (ownTag === undefined || backups.some(({ tag }) => tag === ownTag)) return;
  yield doubt(
    `the run's own backup ${ownTag} is not in the bucket`,
    'Look at what happened to its manifest.',
  );
}
