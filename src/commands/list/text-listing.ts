import { humanBytes, humanCount } from '../../logging/human.ts';
import { onOneLine } from '../../logging/text-lines.ts';
import { type Column, textTable } from '../text-table.ts';
import type { OriginalBackup } from './find-originals.ts';
import type { ListedBackup, UnreadableBackup } from './read-listing.ts';

export interface Listing {
  readonly backups: readonly ListedBackup[];
  readonly unreadable: readonly UnreadableBackup[];
  readonly originals: readonly OriginalBackup[];
}

const columns: ReadonlyArray<Column<ListedBackup>> = [
  { title: 'TAG', text: ({ manifest }) => manifest.tag },
  { title: 'PLAN', text: ({ manifest }) => manifest.plan },
  { title: 'COMMITTED (UTC)', text: ({ manifest }) => manifest.committedAt.slice(0, 19).replace('T', ' ') },
  { title: 'MODE', text: ({ manifest }) => manifest.mode },
  { title: 'COVERAGE', text: ({ manifest }) => manifest.coverage },
  { title: 'NODES', isNumber: true, text: ({ totals }) => humanCount(totals.nodes) },
  { title: 'FILES', isNumber: true, text: ({ totals }) => humanCount(totals.files) },
  { title: 'SIZE', isNumber: true, text: ({ totals }) => humanBytes(totals.bytes) },
  { title: 'UPLOADED', isNumber: true, text: ({ totals }) => humanBytes(totals.uploadedBytes) },
  { title: 'CASSANDRA', text: ({ manifest }) => manifest.cassandraVersions.join(', ') },
  { title: '', text: ({ isDamaged }) => (isDamaged ? 'DAMAGED' : '') },
];

/** A table for people; below it what can't be read, and backups of the original Cain. */
export function textListing(
  location: string,
  { backups, unreadable, originals }: Listing,
): readonly string[] {
  if (backups.length + unreadable.length + originals.length === 0) return [`No backups at ${location}`];
  return [
    ...(backups.length > 0 ? textTable(columns, backups) : []),
    ...unreadable.map(({ tag, reason }) => `${tag}  UNREADABLE: ${onOneLine(reason)}`),
    ...originals.map(
      ({ tag, keyspaces }) =>
        `${tag}  without a manifest, as the original Cain wrote it: ${keyspaces.map(({ name, sum }) => `${name} (schema sum ${sum})`).join(', ')}`,
    ),
  ];
}
