import { forEachLimited } from '../../concurrency.ts';
import { isReadableAtOnce } from '../../store/archive-classes.ts';
import type { InventoryLine, SnapshotFile } from '../../store/inventory.ts';
import { dataPrefix, parseDataKey } from '../../store/layout.ts';
import type { ObjectInfo, Store } from '../../store/store.ts';
import { tagTime } from '../../store/tag.ts';
import {
  type NodeIdentity,
  type ReadOptions,
  type ReuseSources,
  readRecordLines,
  recordsOf,
} from './reuse-records.ts';

/** What was stored of a node before. */
export interface Reusable {
  /** The object that already holds a file's bytes; undefined = upload it. */
  find(file: SnapshotFile): InventoryLine | undefined;
  /** Keys that `find` met and that live backups need: gone from the bucket, or no longer the objects that were stored. */
  readonly lost: ReadonlySet<string>;
}

/** There is one for each keyspace and tag, each a round trip at least. */
const listingsAtOnce = 8;

export const nothingReusable: Reusable = { find: () => undefined, lost: new Set() };

/**
 * Reads what was stored of a node before: the newest live backup of any plan that holds each of its tables, and
 * checkpoints of fenced runs. A file is the same only if host id, pod, table id, data directory, name, size, mtime and
 * inode are all the same, for a Data.db the digest too, and its object is in the bucket right now with that size
 * and ETag, readable, and not known to be damaged. Never by name and size: Cassandra uses names twice and rewrites
 * Statistics.db in place; never by CRC. A record that is damaged or gone costs a warning and an upload, never the
 * night's backup. Memory: one node's files.
 */
export async function readReusable(
  store: Store,
  node: NodeIdentity,
  sources: ReuseSources,
  { signal, log }: ReadOptions,
): Promise<Reusable> {
  const damageRecords = [...sources.catalog.damaged.values()];
  // Any object may be one that they do not name.
  if (damageRecords.some(({ isPartial }) => isPartial)) return nothingReusable;
  const candidates = new Map<string, InventoryLine>();
  const ofBackups = new Set<InventoryLine>();
  for await (const record of recordsOf(store, node, sources, { signal, log })) {
    for (const line of await readRecordLines(store, record, { signal, log })) {
      // A sweep judges a pod's objects by that pod's inventories alone.
      if (parseDataKey(line.object.key)?.pod !== node.pod) continue;
      const key = identity(line);
      if (candidates.has(key)) continue;
      candidates.set(key, line);
      if (record.sha256 !== undefined) ofBackups.add(line);
    }
  }
  const objects = await listObjects(store, candidates.values(), signal);
  const damaged = new Set(damageRecords.flatMap(({ objects: keys }) => keys));
  const lost = new Set<string>();
  return {
    lost,
    find(file) {
      const line = candidates.get(identity(file));
      if (!line || line.digest !== file.digest) return undefined;
      const { key } = line.object;
      if (damaged.has(key) || isTooOld(line, sources.oldestTag)) return undefined;
      const found = objects.get(key);
      if (isSame(found, line)) return isReadableAtOnce(found.storageClass) ? line : undefined;
      // What a checkpoint names may have been swept since.
      if (ofBackups.has(line)) lost.add(key);
      return undefined;
    },
  };
}

function identity({ keyspace, tableId, dataDirectory, file, sizeBytes, mtime, inode }: SnapshotFile): string {
  return [keyspace, tableId, dataDirectory, file, sizeBytes, mtime, inode].join('\0');
}

async function listObjects(
  store: Store,
  lines: Iterable<InventoryLine>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ObjectInfo>> {
  const prefixes = new Set<string>();
  for (const { object } of lines) {
    const parts = parseDataKey(object.key);
    if (parts) prefixes.add(dataPrefix(parts));
  }
  const objects = new Map<string, ObjectInfo>();
  await forEachLimited([...prefixes], listingsAtOnce, async (prefix) => {
    for await (const object of store.list(prefix, { signal })) objects.set(object.key, object);
  });
  return objects;
}

function isSame(found: ObjectInfo | undefined, line: InventoryLine): found is ObjectInfo {
  return found?.sizeBytes === line.sizeBytes && found.etag === line.object.etag;
}

function isTooOld({ object }: InventoryLine, oldestTag: string | undefined): boolean {
  const tag = parseDataKey(object.key)?.tag;
  return oldestTag !== undefined && (tag === undefined || tag < oldestTag);
}

/** The tag before which objects count as too old; undefined = no limit. */
export function oldestReusableTag(
  runTag: string,
  maxAgeMs: number | undefined,
  makeTag: (date: Date) => string,
): string | undefined {
  return maxAgeMs === undefined ? undefined : makeTag(new Date(tagTime(runTag).getTime() - maxAgeMs));
}
