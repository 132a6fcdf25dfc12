import type { Logger } from '../../log.ts';
import type { Catalog } from '../../store/catalog.ts';
import { type InventoryLine, inventoryLimits, parseInventoryLine } from '../../store/inventory.ts';
import { readJsonLines } from '../../store/json-lines.ts';
import { checkpointPrefix, runKey } from '../../store/layout.ts';
import type { Manifest } from '../../store/manifest.ts';
import { readObject } from '../../store/read-object.ts';
import { parseRunRecord } from '../../store/run-record.ts';
import type { Store } from '../../store/store.ts';
import { isMissing, isUnreadable, readTwiceIfWrong } from '../../store/unreadable.ts';
import { tableKey } from './table-key.ts';

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

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** A checkpoint or an inventory. */
export interface ReuseRecord {
  readonly key: string;
  readonly sha256?: string;
  /** Keys of the tables that count; absent = all of them. */
  readonly tables?: ReadonlySet<string>;
  /** How many files it names; absent = a checkpoint does not say. */
  readonly files?: number;
}

/** A checkpoint holds what was stored in some minutes. */
const mostCheckpointLines = 1_000_000;

/** In the order in which they count: of two lines for one file the first. */
export async function* recordsOf(
  store: Store,
  node: NodeIdentity,
  { catalog, fencedTags }: ReuseSources,
  options: ReadOptions,
): AsyncIterable<ReuseRecord> {
  for (const tag of fencedTags.toReversed()) {
    if (!(await wasSameNode(store, tag, node, options))) continue;
    for await (const { key } of store.list(checkpointPrefix(tag, node.pod), options)) yield { key };
  }
  for (const [manifest, tables] of newestHolders(catalog.backups, node)) {
    const held = manifest.nodes.find(({ pod, hostId }) => pod === node.pod && hostId === node.hostId);
    if (held) {
      const { key, sha256 } = held.inventory;
      yield { key, sha256, tables, files: held.files };
    }
  }
}

/** Its lines, once it was read to its end and had its SHA-256; [] where it can't be read. */
export async function readRecordLines(
  store: Store,
  record: ReuseRecord,
  { signal, log }: ReadOptions,
): Promise<readonly InventoryLine[]> {
  try {
    return await readTwiceIfWrong(() => readLines(store, record, signal));
  } catch (error) {
    tellUnreadable(error, record.key, log);
    return [];
  }
}

async function readLines(
  store: Store,
  { key, sha256, tables, files = mostCheckpointLines }: ReuseRecord,
  signal: AbortSignal,
): Promise<readonly InventoryLine[]> {
  const lines: InventoryLine[] = [];
  let lineNumber = 0;
  const limits = inventoryLimits(files);
  for await (const value of readJsonLines(store, key, { ...limits, sha256, signal })) {
    const line = parseInventoryLine(value, `${key} line ${++lineNumber}`);
    if (!tables || tables.has(tableKey(line.keyspace, line.tableId))) lines.push(line);
  }
  return lines;
}

/**
 * Checkpoints don't name the host; their run record does. A run that left none has nothing to adopt, nor has one
 * whose record names no node any more: a sweep has ended its adoption, and its objects may go under our eyes.
 */
async function wasSameNode(
  store: Store,
  tag: string,
  node: NodeIdentity,
  { signal, log }: ReadOptions,
): Promise<boolean> {
  const key = runKey(tag);
  try {
    // No HEAD before: its refusals have no body, and so no name that tells them from a store in trouble.
    const { nodes } = parseRunRecord(await readObject(store, key, signal), key);
    return nodes.some(({ pod, hostId }) => pod === node.pod && hostId === node.hostId);
  } catch (error) {
    if (!isMissing(error)) tellUnreadable(error, key, log);
    return false;
  }
}

/** Throws what is no matter of the record itself. */
function tellUnreadable(error: unknown, key: string, log: Logger): void {
  if (!isUnreadable(error) && !isMissing(error)) throw error;
  log.warn('Record of an earlier run can not be read; what it holds is uploaded anew', { key, error });
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
