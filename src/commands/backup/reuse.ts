import type { Catalog } from '../../store/catalog.ts';
import { type InventoryLine, parseInventoryLine, type SnapshotFile } from '../../store/inventory.ts';
import { readJsonLines } from '../../store/json-lines.ts';
import { checkpointPrefix, dataPrefix, parseDataKey, runKey } from '../../store/layout.ts';
import type { Manifest } from '../../store/manifest.ts';
import { readObject } from '../../store/read-object.ts';
import { parseRunRecord } from '../../store/run-record.ts';
import type { ObjectInfo, Store } from '../../store/store.ts';
import { tagTime } from '../../store/tag.ts';

/** Finds the object that already holds a file's bytes; undefined = upload it. */
export type FindReusable = (file: SnapshotFile) => InventoryLine | undefined;

/** Where reusable files may come from. */
export interface ReuseSources {
  readonly catalog: Catalog;
  /** Fenced tags whose checkpointed files are candidates too: a first backup cut by a deadline must not begin at zero. */
  readonly fencedTags: readonly string[];
  /** Objects older than this are stored anew. */
  readonly oldestTag?: string;
}

export interface NodeIdentity {
  readonly pod: string;
  readonly hostId: string;
  /** Keys `keyspace/table id` of the tables in this node's snapshot. */
  readonly tables: ReadonlySet<string>;
}

/** Classes whose objects can be read at once; from any other a restore would wait for hours. */
const readableClasses = new Set([
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'REDUCED_REDUNDANCY',
  'EXPRESS_ONEZONE',
]);

/**
 * Reads what was stored of a node before: the newest live backup of any plan that holds each of its tables, and
 * checkpoints of fenced runs. A file is the same only if host id, pod, table id, data directory, name, size, mtime and
 * inode are all the same, for a Data.db the digest too, and its object is in the bucket right now with that size
 * and ETag, readable, and not known to be damaged. Never by name and size: Cassandra uses names twice and rewrites
 * Statistics.db in place; never by CRC. Memory: one node's files.
 */
export async function readReusable(
  store: Store,
  node: NodeIdentity,
  sources: ReuseSources,
  signal: AbortSignal,
): Promise<FindReusable> {
  const candidates = new Map<string, InventoryLine>();
  for await (const line of candidateLines(store, node, sources, signal)) {
    const key = identity(line);
    if (!candidates.has(key)) candidates.set(key, line);
  }
  const objects = await listObjects(store, candidates.values(), signal);
  const damaged = new Set([...sources.catalog.damaged.values()].flatMap(({ objects: keys }) => keys));
  return (file) => {
    const line = candidates.get(identity(file));
    if (!line || line.digest !== file.digest) return undefined;
    if (damaged.has(line.object.key) || isTooOld(line, sources.oldestTag)) return undefined;
    return isThere(objects.get(line.object.key), line) ? line : undefined;
  };
}

async function* candidateLines(
  store: Store,
  node: NodeIdentity,
  sources: ReuseSources,
  signal: AbortSignal,
): AsyncIterable<InventoryLine> {
  for (const tag of sources.fencedTags.toReversed()) {
    if (!(await wasSameNode(store, tag, node, signal))) continue;
    for await (const { key } of store.list(checkpointPrefix(tag, node.pod), { signal })) {
      yield* readInventory(store, key, undefined, signal);
    }
  }
  for (const [manifest, tables] of newestHolders(sources.catalog.backups, node)) {
    const held = manifest.nodes.find(({ pod }) => pod === node.pod);
    if (!held) continue;
    for await (const line of readInventory(store, held.inventory.key, held.inventory.sha256, signal)) {
      if (tables.has(tableKey(line.keyspace, line.tableId))) yield line;
    }
  }
}

/** Checkpoints don't name the host; their run record does. A run that left none has nothing to adopt. */
async function wasSameNode(
  store: Store,
  tag: string,
  node: NodeIdentity,
  signal: AbortSignal,
): Promise<boolean> {
  const key = runKey(tag);
  if (!(await store.head(key, { signal }))) return false;
  const { nodes } = parseRunRecord(await readObject(store, key, signal), key);
  return nodes.some(({ pod, hostId }) => pod === node.pod && hostId === node.hostId);
}

/** For each table of the node the newest backup that holds it for this very host; few backups in all, mostly one. */
export function newestHolders(
  backups: readonly Manifest[],
  node: NodeIdentity,
): ReadonlyMap<Manifest, ReadonlySet<string>> {
  const wanted = new Set(node.tables);
  const holders = new Map<Manifest, Set<string>>();
  for (const manifest of backups.toSorted((a, b) => (a.tag < b.tag ? 1 : -1))) {
    if (wanted.size === 0) break;
    if (!manifest.nodes.some(({ pod, hostId }) => pod === node.pod && hostId === node.hostId)) continue;
    const held = manifest.keyspaces.flatMap(({ name, tables }) => tables.map(({ id }) => tableKey(name, id)));
    const found = new Set(held.filter((key) => wanted.delete(key)));
    if (found.size > 0) holders.set(manifest, found);
  }
  return holders;
}

export function tableKey(keyspace: string, tableId: string): string {
  return `${keyspace}/${tableId.replaceAll('-', '')}`;
}

async function* readInventory(
  store: Store,
  key: string,
  sha256: string | undefined,
  signal: AbortSignal,
): AsyncIterable<InventoryLine> {
  let lineNumber = 0;
  for await (const value of readJsonLines(store, key, { ...(sha256 ? { sha256 } : {}), signal })) {
    yield parseInventoryLine(value, `${key} line ${++lineNumber}`);
  }
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
  return readableClasses.has(found.storageClass ?? 'STANDARD');
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
