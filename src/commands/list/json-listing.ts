import type { ListedBackup } from './read-listing.ts';
import { type Listing, totals } from './text-listing.ts';

/** One JSON object: `backups`, `unreadable` and `originals`. Sizes in bytes, times in ISO 8601. */
export function jsonListing({ backups, unreadable, originals }: Listing): string {
  return JSON.stringify({ backups: backups.map(jsonBackup), unreadable, originals }, undefined, 2);
}

function jsonBackup({ manifest, isDamaged }: ListedBackup): Record<string, unknown> {
  const { files, bytes, uploadedBytes } = totals(manifest);
  return {
    tag: manifest.tag,
    plan: manifest.plan,
    startedAt: manifest.startedAt,
    committedAt: manifest.committedAt,
    mode: manifest.mode,
    coverage: manifest.coverage,
    nodes: manifest.nodes.length,
    files,
    bytes,
    uploadedBytes,
    cassandraVersions: manifest.cassandraVersions,
    isDamaged,
    keyspaces: manifest.keyspaces.map(({ name, sum }) => ({ name, sum })),
  };
}
