import { CainError, messageOf } from '../../errors.ts';
import { formatError } from '../../record.ts';
import {
  backupsPrefix,
  damagedKey,
  damagedPrefix,
  expiredPrefix,
  manifestKey,
  runsPrefix,
} from '../../store/layout.ts';
import { isTombstone, type Manifest, parseManifest } from '../../store/manifest.ts';
import { tagOfOurKey } from '../../store/our-key.ts';
import { readObject } from '../../store/read-object.ts';
import { namesDamage, parseDamagedRecord } from '../../store/run-record.ts';
import type { Store } from '../../store/store.ts';
import { isTag } from '../../store/tag.ts';

export interface ListedBackup {
  readonly manifest: Manifest;
  /** Verify found damage in it. */
  readonly isDamaged: boolean;
}

export interface UnreadableBackup {
  readonly tag: string;
  readonly reason: string;
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
  const backups: ListedBackup[] = [];
  const unreadable: UnreadableBackup[] = [];
  for await (const tag of store.listNames(backupsPrefix, { signal })) {
    if (!isTag(tag)) continue;
    knownTags.add(tag);
    const key = manifestKey(tag);
    if (expired.has(tag)) continue;
    try {
      if (!(await store.head(key, { signal }))) continue;
      const manifest = parseManifest(await readObject(store, key, signal), key);
      if (isTombstone(manifest)) continue;
      if (manifest.tag !== tag) throw formatError(key, `it is the manifest of ${manifest.tag}`);
      backups.push({ manifest, isDamaged: damaged.has(tag) });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CainError)) throw error;
      unreadable.push({ tag, reason: messageOf(error) });
    }
  }
  return { backups, unreadable, knownTags };
}

/** Those whose record names damage; one that can't be read may name any. */
async function damagedTags(
  store: Store,
  tags: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const damaged = new Set<string>();
  for (const tag of tags) {
    const key = damagedKey(tag);
    try {
      if (namesDamage(parseDamagedRecord(await readObject(store, key, signal), key))) damaged.add(tag);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CainError)) throw error;
      damaged.add(tag);
    }
  }
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
