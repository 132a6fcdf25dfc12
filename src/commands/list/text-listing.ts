import { humanBytes, humanCount } from '../../logging/human.ts';
import { onOneLine } from '../../logging/text-lines.ts';
import type { Manifest } from '../../store/manifest.ts';
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
  { title: 'NODES', isNumber: true, text: ({ manifest }) => humanCount(manifest.nodes.length) },
  { title: 'FILES', isNumber: true, text: ({ manifest }) => humanCount(totals(manifest).files) },
  { title: 'SIZE', isNumber: true, text: ({ manifest }) => humanBytes(totals(manifest).bytes) },
  { title: 'UPLOADED', isNumber: true, text: ({ manifest }) => humanBytes(totals(manifest).uploadedBytes) },
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

export function totals({ nodes }: Manifest): {
  readonly files: number;
  readonly bytes: number;
  readonly uploadedBytes: number;
} {
  return {
    files: nodes.reduce((sum, node) => sum + node.files, 0),
    bytes: nodes.reduce((sum, node) => sum + node.bytes, 0),
    uploadedBytes: nodes.reduce((sum, node) => sum + node.uploadedBytes, 0),
  };
}
