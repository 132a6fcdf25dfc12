import { forEachLimited } from '../concurrency.ts';
import { CainError } from '../errors.ts';
import { formatError } from '../record.ts';
import {
  backupsPrefix,
  damagedPrefix,
  expiredKey,
  expiredPrefix,
  manifestKey,
  runsPrefix,
} from './layout.ts';
import { isTombstone, type Manifest, parseManifest, type Tombstone, tombstoneBytes } from './manifest.ts';
import { readObject } from './read-object.ts';
import {
  type DamagedRecord,
  type ExpiredRecord,
  parseDamagedRecord,
  parseExpiredRecord,
} from './run-record.ts';
import type { Store } from './store.ts';
import { isTag } from './tag.ts';

/** Two requests a manifest, one after another, would take minutes for a year of backups. */
const readsAtOnce = 16;

/** All that the bucket says of a cluster's backups, read at one time. */
export interface Catalog {
  /** Live backups, oldest first: those that have a manifest and that no expiry record names. */
  readonly backups: readonly Manifest[];
  /** Expired with the manifest still there: an expiry was cut short. No longer live, so nothing may count on them. */
  readonly expiring: readonly Manifest[];
  /** Tags that were fenced off before they committed, and since when. */
  readonly abandoned: ReadonlyArray<{ readonly tag: string; readonly since: Date }>;
  readonly expired: ReadonlyArray<{ readonly record: ExpiredRecord; readonly since: Date }>;
  /** Tags with a run record, oldest first. */
  readonly runTags: readonly string[];
  /** Tags that have records under `.cain/backups/` and no manifest: unfinished, or expired and not yet swept. */
  readonly withoutManifest: readonly string[];
  /** Objects that verify found damaged, by the tag of the backup in which it found them. */
  readonly damaged: ReadonlyMap<string, DamagedRecord>;
}

/** Throws on anything that can't be read: a manifest that can't be read is never taken for one that is not there. */
export async function readCatalog(store: Store, signal: AbortSignal): Promise<Catalog> {
  const [manifests, expired, damaged, runTags] = await Promise.all([
    readManifests(store, signal),
    readExpired(store, signal),
    readDamaged(store, signal),
    readRunTags(store, signal),
  ]);
  const expiredTags = new Set(expired.map(({ record }) => record.tag));
  return {
    ...manifests,
    backups: manifests.backups.filter(({ tag }) => !expiredTags.has(tag)),
    expiring: manifests.backups.filter(({ tag }) => expiredTags.has(tag)),
    expired,
    damaged,
    runTags,
  };
}

/** Every tag that the catalog knows of; a new tag must be later than all of them. */
export function knownTags(catalog: Catalog): readonly string[] {
  return [
    ...catalog.backups.map(({ tag }) => tag),
    ...catalog.abandoned.map(({ tag }) => tag),
    ...catalog.expired.map(({ record }) => record.tag),
    ...catalog.runTags,
    ...catalog.withoutManifest,
  ].toSorted();
}

/** Tags with a run record and neither manifest, tombstone nor expiry: their runs died or still run. */
export function unfinishedTags(catalog: Catalog): readonly string[] {
  const settled = new Set([
    ...catalog.backups.map(({ tag }) => tag),
    ...catalog.abandoned.map(({ tag }) => tag),
    ...catalog.expired.map(({ record }) => record.tag),
  ]);
  return catalog.runTags.filter((tag) => !settled.has(tag));
}

/**
 * Fences a tag off: from now on its run can't commit. False = it is a backup after all (another manifest
 * lies there) and is left alone; any doubt throws.
 */
export async function fence(store: Store, tag: string, signal: AbortSignal): Promise<boolean> {
  const key = manifestKey(tag);
  try {
    await store.put(key, tombstoneBytes, { ifNoneMatch: '*', signal });
    return true;
  } catch (error) {
    if (!(error instanceof CainError) || error.code !== 'CAIN_STORE_EXISTS') throw error;
    return isTombstone(parseManifest(await readObject(store, key, signal), key));
  }
}

async function readManifests(
  store: Store,
  signal: AbortSignal,
): Promise<Pick<Catalog, 'backups' | 'abandoned' | 'withoutManifest'>> {
  const tags: string[] = [];
  for await (const tag of store.listNames(backupsPrefix, { signal })) if (isTag(tag)) tags.push(tag);
  const found = new Map<string, FoundManifest | undefined>();
  await forEachLimited(tags, readsAtOnce, async (tag) => {
    found.set(tag, await readManifest(store, tag, signal));
  });

  const backups: Manifest[] = [];
  const abandoned: Array<{ tag: string; since: Date }> = [];
  const withoutManifest: string[] = [];
  for (const tag of tags) {
    const { record, since } = found.get(tag) ?? {};
    if (!record || !since) withoutManifest.push(tag);
    else if (isTombstone(record)) abandoned.push({ tag, since });
    else backups.push(record);
  }
  return { backups, abandoned, withoutManifest };
}

interface FoundManifest {
  readonly record: Manifest | Tombstone;
  readonly since: Date;
}

/** undefined = there is none. */
async function readManifest(
  store: Store,
  tag: string,
  signal: AbortSignal,
): Promise<FoundManifest | undefined> {
  const key = manifestKey(tag);
  const head = await store.head(key, { signal });
  if (!head) return undefined;
  const record = parseManifest(await readObject(store, key, signal), key);
  if (!isTombstone(record) && record.tag !== tag) {
    throw formatError(key, `it is the manifest of ${record.tag}`);
  }
  return { record, since: head.lastModified };
}

async function readExpired(store: Store, signal: AbortSignal): Promise<Catalog['expired']> {
  const expired: Array<{ record: ExpiredRecord; since: Date }> = [];
  for await (const { key, lastModified } of store.list(expiredPrefix, { signal })) {
    const record = parseExpiredRecord(await readObject(store, key, signal), key);
    // A copy under another name would expire a live backup.
    if (key !== expiredKey(record.tag)) throw formatError(key, `it is the record of ${record.tag}`);
    expired.push({ record, since: lastModified });
  }
  return expired;
}

async function readDamaged(store: Store, signal: AbortSignal): Promise<Catalog['damaged']> {
  const damaged = new Map<string, DamagedRecord>();
  for await (const { key } of store.list(damagedPrefix, { signal })) {
    const tag = key.slice(damagedPrefix.length).replace(/\.json$/, '');
    damaged.set(tag, parseDamagedRecord(await readObject(store, key, signal), key));
  }
  return damaged;
}

/** Run records lie at `<tag>.json`, their checkpoints below `<tag>/`; checkpoints alone count too, or nobody would ever clear them. */
async function readRunTags(store: Store, signal: AbortSignal): Promise<readonly string[]> {
  const tags = new Set<string>();
  for await (const { key } of store.list(runsPrefix, { signal })) {
    const tag = key.slice(runsPrefix.length, runsPrefix.length + 14);
    if (isTag(tag)) tags.add(tag);
  }
  return [...tags].toSorted();
}
