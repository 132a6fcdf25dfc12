import type { InventoryLine, SnapshotFile } from '../../store/inventory.ts';
import { dataPrefix, parseDataKey } from '../../store/layout.ts';
import { isReadableAtOnce } from '../../store/readable-classes.ts';
import type { ObjectInfo, Store } from '../../store/store.ts';
import { tagTime } from '../../store/tag.ts';
import {
  type NodeIdentity,
  type ReadOptions,
  type ReuseSources,
  readRecordLines,
  recordsOf,
} from './reuse-records.ts';

/** Finds the object that already holds a file's bytes; undefined = upload it. */
export type FindReusable = (file: SnapshotFile) => InventoryLine | undefined;

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
): Promise<FindReusable> {
  const damageRecords = [...sources.catalog.damaged.values()];
  // Any object may be one that they do not name.
  if (damageRecords.some(({ isPartial }) => isPartial)) return () => undefined;
  const candidates = new Map<string, InventoryLine>();
  for await (const record of recordsOf(store, node, sources, { signal, log })) {
    for (const line of await readRecordLines(store, record, { signal, log })) {
      // A sweep judges a pod's objects by that pod's inventories alone.
      if (parseDataKey(line.object.key)?.pod !== node.pod) continue;
      const key = identity(line);
      if (!candidates.has(key)) candidates.set(key, line);
    }
  }
  const objects = await listObjects(store, candidates.values(), signal);
  const damaged = new Set(damageRecords.flatMap(({ objects: keys }) => keys));
  return (file) => {
    const line = candidates.get(identity(file));
    if (!line || line.digest !== file.digest) return undefined;
    if (damaged.has(line.object.key) || isTooOld(line, sources.oldestTag)) return undefined;
    return isThere(objects.get(line.object.key), line) ? line : undefined;
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
  for (const prefix of prefixes) {
    for await (const object of store.list(prefix, { signal })) objects.set(object.key, object);
  }
  return objects;
}

function isThere(found: ObjectInfo | undefined, line: InventoryLine): boolean {
  if (!found || found.sizeBytes !== line.sizeBytes || found.etag !== line.object.etag) return false;
  return isReadableAtOnce(found.storageClass);
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
