import { createHash } from 'node:crypto';
import type { InventoryLine, SnapshotFile } from '../../src/store/inventory.ts';
import { type DataKey, dataKey } from '../../src/store/layout.ts';

/**
 * A cluster that exists as a formula: each node's files, and which objects of two backups hold their bytes. Both the
 * listing of a node and that of the bucket are answered from it, so nobody need hold millions of records.
 */
export interface SyntheticCluster {
  readonly nodes: number;
  /** A multiple of 100, so that a tenth is whole SSTables. */
  readonly filesPerNode: number;
}

export const keyspace = 'bench';
export const sum = 'abc123';
export const table = 'events';
export const tableId = '1b255f4def2540a60000000000000001';
export const dataDirectory = '/var/lib/cassandra/data';
/** The first backup, all of it its own; the second, a tenth of it new since a tenth of the SSTables was compacted away. */
export const tags = ['20260101000000', '20260102000000'] as const;
export type SyntheticTag = (typeof tags)[number];

const components = [
  'CompressionInfo.db',
  'Data.db',
  'Digest.crc32',
  'Filter.db',
  'Index.db',
  'Statistics.db',
  'Summary.db',
  'TOC.txt',
  // Of an index: with ten components a tenth of a node's files is whole SSTables, and names have signs to encode.
  'SAI+aa+GroupMeta.db',
  'SAI+aa+GroupComp.db',
] as const;

export function podName(node: number): string {
  return `cassandra-${String(node).padStart(4, '0')}`;
}

export function hostId(node: number): string {
  // As the support for tests of backup steps names them.
  return `host-of-${podName(node)}`;
}

/** File numbers of a node in a backup: the second one begins, and ends, a tenth later. */
export function fileNumbers(
  { filesPerNode }: SyntheticCluster,
  tag: SyntheticTag,
): readonly [number, number] {
  const shift = tag === tags[0] ? 0 : filesPerNode / 10;
  return [shift, shift + filesPerNode];
}

/** File numbers whose objects lie under a tag: a file is stored by the first backup that has it. */
export function objectNumbers(cluster: SyntheticCluster, tag: SyntheticTag): readonly [number, number] {
  return tag === tags[0] ? [0, cluster.filesPerNode] : [cluster.filesPerNode, fileNumbers(cluster, tag)[1]];
}

export function fileName(number: number): string {
  return `nb-${Math.floor(number / components.length) + 1}-big-${components[number % components.length]}`;
}

export function snapshotFile(node: number, number: number): SnapshotFile {
  const file = fileName(number);
  const seed = mixed(node, number);
  return {
    keyspace,
    table,
    tableId,
    dataDirectory,
    file,
    sizeBytes: sizeOf(node, number),
    mtime: `17672256${String(seed % 100).padStart(2, '0')}.${String(seed % 1_000_000_000).padStart(9, '0')}`,
    inode: String(1_000_000 + number),
    ...(file.endsWith('-Data.db') ? { digest: crcOf(node, number) } : {}),
  };
}

export function inventoryLine(cluster: SyntheticCluster, node: number, number: number): InventoryLine {
  const tag = number < cluster.filesPerNode ? tags[0] : tags[1];
  return {
    ...snapshotFile(node, number),
    crc32: crcOf(node, number),
    object: { key: objectKey(tag, node, number), etag: etagOf(node, number) },
  };
}

export function objectKey(tag: SyntheticTag, node: number, number: number): string {
  const parts: DataKey = { keyspace, sum, tag, pod: podName(node), table, file: fileName(number) };
  return dataKey(parts);
}

/** undefined = no object of this cluster. */
export function parseObjectKey(key: string): { tag: SyntheticTag; node: number; number: number } | undefined {
  const match = /\/(\d{14})\/cassandra-(\d{4})\/events\/nb-(\d+)-big-(.+)$/.exec(key);
  const [, tagText, node, generation, component] = match ?? [];
  const tag = tags.find((known) => known === tagText);
  const index = (components as readonly string[]).indexOf(component ?? '');
  if (!tag || index < 0) return undefined;
  return { tag, node: Number(node), number: (Number(generation) - 1) * components.length + index };
}

export function sizeOf(node: number, number: number): number {
  return 1_000 + (mixed(node, number) % 50_000_000);
}

/** As random as the MD5 that a server answers with: it must not compress better than a real one. */
export function etagOf(node: number, number: number): string {
  return `"${createHash('md5').update(`${node}/${number}`).digest('hex')}"`;
}

function crcOf(node: number, number: number): number {
  return mixed(number, node);
}

/** 32 bits that look random (the finalizer of MurmurHash3). */
function mixed(a: number, b: number): number {
  let hash = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
