import type { ListedBackup } from './read-listing.ts';
import type { Listing } from './text-listing.ts';

/** One JSON object: `backups`, `unreadable` and `originals`. Sizes in bytes, times in ISO 8601. */
export function jsonListing({ backups, unreadable, originals }: Listing): string {
  const reasons = unreadable.map(({ tag, reason }) => ({ tag, reason }));
  return JSON.stringify({ backups: backups.map(jsonBackup), unreadable: reasons, originals }, undefined, 2);
}

function jsonBackup({ manifest, totals, isDamaged }: ListedBackup): Record<string, unknown> {
  return {
    tag: manifest.tag,
    plan: manifest.plan,
    startedAt: manifest.startedAt,
    committedAt: manifest.committedAt,
    mode: manifest.mode,
    coverage: manifest.coverage,
    ...totals,
    cassandraVersions: manifest.cassandraVersions,
    isDamaged,
    keyspaces: manifest.keyspaces.map(({ name, sum }) => ({ name, sum })),
  };
}
