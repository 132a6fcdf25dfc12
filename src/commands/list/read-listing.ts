import { forEachLimited } from '../../concurrency.ts';
import { CainError, messageOf } from '../../errors.ts';
import { findManifest } from '../../store/find-manifest.ts';
import { backupsPrefix, damagedKey, damagedPrefix, expiredPrefix, runsPrefix } from '../../store/layout.ts';
import { isTombstone, type Manifest, type ManifestNode } from '../../store/manifest.ts';
import { tagOfOurKey } from '../../store/our-key.ts';
import { readObject } from '../../store/read-object.ts';
import { namesDamage, parseDamagedRecord } from '../../store/run-record.ts';
import type { Store } from '../../store/store.ts';
import { isTag } from '../../store/tag.ts';
import { isRefused } from '../../store/unreadable.ts';

/** One after another would take minutes for a year of backups. */
const readsAtOnce = 16;

/** What a list shows: without the nodes, whose number times that of the backups could be a million. */
export interface ListedBackup {
  readonly manifest: Omit<Manifest, 'nodes' | 'completeTags'>;
  readonly totals: Totals;
  /** Verify found damage in it. */
  readonly isDamaged: boolean;
}

export interface Totals {
  readonly nodes: number;
  readonly files: number;
  readonly bytes: number;
  readonly uploadedBytes: number;
}

export interface UnreadableBackup {
  readonly tag: string;
  readonly reason: string;
  /** The store refuses us: the manifest may be whole. */
  readonly isRefused: boolean;
}

export interface ReadListing {
  /** Live ones, oldest first. */
  readonly backups: readonly ListedBackup[];
  readonly unreadable: readonly UnreadableBackup[];
  /** Every tag with a record of ours: what lies under any other is not ours. */
  readonly knownTags: ReadonlySet<string>;
}

/** The backups in the bucket. Unlike `readCatalog` it goes on past a manifest that can't be read; a listing that fails still ends it. */
export async function readListing(store: Store, signal: AbortSignal): Promise<ReadListing> {
  const expired = await tagsUnder(store, expiredPrefix, signal);
  const damageRecords = await tagsUnder(store, damagedPrefix, signal);
  const damaged = await damagedTags(store, damageRecords, signal);
  const knownTags = new Set([...expired, ...damageRecords, ...(await tagsUnder(store, runsPrefix, signal))]);
  const tags: string[] = [];
  for await (const tag of store.listNames(backupsPrefix, { signal })) if (isTag(tag)) tags.push(tag);
  const found = new Map<string, ListedBackup | UnreadableBackup | undefined>();
  const live = tags.filter((tag) => !expired.has(tag));
  await forEachLimited(live, readsAtOnce, async (tag) => {
    found.set(tag, await readBackup(store, tag, { damaged, signal }));
  });
  const listed = live.map((tag) => found.get(tag)).filter((backup) => backup !== undefined);
  return {
    backups: listed.filter((backup) => 'manifest' in backup),
    unreadable: listed.filter((backup) => 'reason' in backup),
    knownTags: new Set([...knownTags, ...tags]),
  };
}

/** undefined = no backup: its run is under way, or was fenced off. */
async function readBackup(
  store: Store,
  tag: string,
  { damaged, signal }: { damaged: ReadonlySet<string>; signal: AbortSignal },
): Promise<ListedBackup | UnreadableBackup | undefined> {
  try {
    const { record } = (await findManifest(store, tag, signal)) ?? {};
    if (!record || isTombstone(record)) return undefined;
    const { nodes, completeTags, ...manifest } = record;
    return { manifest, totals: totalsOf(nodes), isDamaged: damaged.has(tag) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CainError)) throw error;
    return { tag, reason: messageOf(error), isRefused: isRefused(error) };
  }
}

function totalsOf(nodes: readonly ManifestNode[]): Totals {
  const sum = (of: (node: ManifestNode) => number): number =>
    nodes.reduce((total, node) => total + of(node), 0);
  return {
    nodes: nodes.length,
    files: sum(({ files }) => files),
    bytes: sum(({ bytes }) => bytes),
    uploadedBytes: sum(({ uploadedBytes }) => uploadedBytes),
  };
}

/** Those whose record names damage; one that can't be read may name any. */
async function damagedTags(
  store: Store,
  tags: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const damaged = new Set<string>();
  await forEachLimited([...tags], readsAtOnce, async (tag) => {
    const key = damagedKey(tag);
    try {
      if (namesDamage(parseDamagedRecord(await readObject(store, key, signal), key))) damaged.add(tag);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CainError)) throw error;
      damaged.add(tag);
    }
  });
  return damaged;
}

async function tagsUnder(store: Store, prefix: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const tags = new Set<string>();
  for await (const { key } of store.list(prefix, { signal })) {
    const tag = tagOfOurKey(key);
    if (tag !== undefined) tags.add(tag);
  }
  return tags;
}
