import { forEachLimited } from '../concurrency.ts';
import { CainError } from '../errors.ts';
import { formatError } from '../record.ts';
import { type FoundManifest, findManifest } from './find-manifest.ts';
import {
  backupsPrefix,
  damagedPrefix,
  expiredKey,
  expiredPrefix,
  manifestKey,
  runsPrefix,
} from './layout.ts';
import { isTombstone, type Manifest, parseManifest, tombstoneBytes } from './manifest.ts';
import { readObject } from './read-object.ts';
import {
  type DamagedRecord,
  type ExpiredRecord,
  namesDamage,
  parseDamagedRecord,
  parseExpiredRecord,
} from './run-record.ts';
import type { Store } from './store.ts';
import { isTag, tagLength } from './tag.ts';
import { isUnreadable } from './unreadable.ts';

/** One after another would take minutes for a year of backups. */
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
  /** Records that are there and can't be read. Their tags are in none of the lists above. */
  readonly unreadable: readonly UnreadableRecord[];
  /** Keys (of folders: with a "/") among our records whose names are none that Cain gives: they say nothing of any tag. */
  readonly strays: readonly string[];
}

export interface UnreadableRecord {
  readonly key: string;
  readonly tag: string;
  readonly error: CainError;
}

/** Throws on anything that can't be read: a manifest that can't be read is never taken for one that is not there. */
export async function readCatalog(store: Store, signal: AbortSignal): Promise<Catalog> {
  const catalog = await readCatalogWithDoubts(store, signal);
  const [doubt] = catalog.unreadable;
  if (doubt) throw doubt.error;
  const [stray] = catalog.strays;
  if (stray !== undefined) throw strayError(stray);
  return catalog;
}

function strayError(key: string): CainError {
  return new CainError('CAIN_FORMAT', `${key} has no name that Cain gives`, {
    hint: 'Only Cain may write there. Find out whose it is, and move it elsewhere.',
  });
}

/**
 * The same for who deletes nothing by it: a record that is damaged, of a newer format, rotten or refused to us is listed
 * as `unreadable`, and the others are read all the same. A store that is in trouble still throws.
 */
export async function readCatalogWithDoubts(store: Store, signal: AbortSignal): Promise<Catalog> {
  const unreadable: UnreadableRecord[] = [];
  const strays: string[] = [];
  const reader: RecordsReader = { store, signal, unreadable, strays };
  // In this order nothing slips through between two lists: a run that commits loses its record only after its manifest
  // is there, and a backup that expires its manifest only after the record of its expiry is.
  const runTags = await readRunTags(reader);
  const manifests = await readManifests(reader);
  const [expired, damaged] = await Promise.all([readExpired(reader), readDamaged(reader)]);
  // An expiry record takes its backup out of the live ones, whatever else it says.
  const expiredTags = new Set([
    ...expired.map(({ record }) => record.tag),
    ...unreadable.filter(({ key, tag }) => key === expiredKey(tag)).map(({ tag }) => tag),
  ]);
  return {
    ...manifests,
    backups: manifests.backups.filter(({ tag }) => !expiredTags.has(tag)),
    expiring: manifests.backups.filter(({ tag }) => expiredTags.has(tag)),
    expired,
    damaged,
    runTags,
    unreadable: unreadable.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    strays: strays.toSorted(),
  };
}

/** Whether verify found damage in this backup, or its record can't be read: it does not count for anything then. */
export function isDamaged({ damaged }: Pick<Catalog, 'damaged'>, tag: string): boolean {
  const record = damaged.get(tag);
  return record !== undefined && namesDamage(record);
}

/** Every tag that the catalog knows of; a new tag must be later than all of them. */
export function knownTags(catalog: Catalog): readonly string[] {
  return [
    ...catalog.backups.map(({ tag }) => tag),
    ...catalog.abandoned.map(({ tag }) => tag),
    ...catalog.expired.map(({ record }) => record.tag),
    ...catalog.runTags,
    ...catalog.withoutManifest,
    ...catalog.unreadable.map(({ tag }) => tag),
  ].toSorted();
}

/** Tags with a run record and neither manifest, tombstone nor expiry, readable or not: their runs died or still run. */
export function unfinishedTags(catalog: Catalog): readonly string[] {
  const settled = new Set([
    ...catalog.backups.map(({ tag }) => tag),
    ...catalog.abandoned.map(({ tag }) => tag),
    ...catalog.expired.map(({ record }) => record.tag),
    ...catalog.unreadable.map(({ tag }) => tag),
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

interface RecordsReader {
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly unreadable: UnreadableRecord[];
  readonly strays: string[];
}

/** undefined = it can't be read, and is on the list of those. */
async function readOrNote<T>(
  { unreadable }: RecordsReader,
  { key, tag }: Pick<UnreadableRecord, 'key' | 'tag'>,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    unreadable.push({ key, tag, error });
    return undefined;
  }
}

async function readManifests(
  reader: RecordsReader,
): Promise<Pick<Catalog, 'backups' | 'abandoned' | 'withoutManifest'>> {
  const { store, signal } = reader;
  const tags: string[] = [];
  for await (const name of store.listNames(backupsPrefix, { signal })) {
    if (isTag(name)) tags.push(name);
    else reader.strays.push(`${backupsPrefix}${name}/`);
  }
  const found = new Map<string, FoundManifest | undefined>();
  await forEachLimited(tags, readsAtOnce, async (tag) => {
    await readOrNote(reader, { key: manifestKey(tag), tag }, async () => {
      found.set(tag, await findManifest(store, tag, signal));
    });
  });

  const backups: Manifest[] = [];
  const abandoned: Array<{ tag: string; since: Date }> = [];
  const withoutManifest: string[] = [];
  for (const tag of tags.filter((known) => found.has(known))) {
    const { record, since } = found.get(tag) ?? {};
    if (!record || !since) withoutManifest.push(tag);
    else if (isTombstone(record)) abandoned.push({ tag, since });
    else backups.push(record);
  }
  return { backups, abandoned, withoutManifest };
}

async function readExpired(reader: RecordsReader): Promise<Catalog['expired']> {
  const { store, signal } = reader;
  const expired: Array<{ record: ExpiredRecord; since: Date }> = [];
  for await (const { key, lastModified } of store.list(expiredPrefix, { signal })) {
    const tag = tagOfRecord(reader, key, expiredPrefix);
    if (tag === undefined) continue;
    await readOrNote(reader, { key, tag }, async () => {
      const record = parseExpiredRecord(await readObject(store, key, signal), key);
      // A copy under another name would expire a live backup.
      if (key !== expiredKey(record.tag)) throw formatError(key, `it is the record of ${record.tag}`);
      expired.push({ record, since: lastModified });
    });
  }
  return expired;
}

async function readDamaged(reader: RecordsReader): Promise<Catalog['damaged']> {
  const { store, signal } = reader;
  const damaged = new Map<string, DamagedRecord>();
  for await (const { key } of store.list(damagedPrefix, { signal })) {
    const tag = tagOfRecord(reader, key, damagedPrefix);
    if (tag === undefined) continue;
    const record = await readOrNote(reader, { key, tag }, async () =>
      parseDamagedRecord(await readObject(store, key, signal), key),
    );
    // It may have named any object.
    damaged.set(tag, record ?? { format: 1, objects: [], isPartial: true });
  }
  return damaged;
}

/** undefined = it is a stray, and is on the list of those; or the folder itself, which consoles of S3 make an object of. */
function tagOfRecord({ strays }: RecordsReader, key: string, prefix: string): string | undefined {
  const name = key.slice(prefix.length);
  const tag = name.slice(0, tagLength);
  const rest = name.slice(tagLength);
  // Checkpoints lie below their tag.
  if (isTag(tag) && (rest === '.json' || (prefix === runsPrefix && rest.startsWith('/')))) return tag;
  if (name !== '') strays.push(key);
  return undefined;
}

/** Run records lie at `<tag>.json`, their checkpoints below `<tag>/`; checkpoints alone count too, or nobody would ever clear them. */
async function readRunTags(reader: RecordsReader): Promise<readonly string[]> {
  const { store, signal } = reader;
  const tags = new Set<string>();
  for await (const { key } of store.list(runsPrefix, { signal })) {
    const tag = tagOfRecord(reader, key, runsPrefix);
    if (tag !== undefined) tags.add(tag);
  }
  return [...tags].toSorted();
}
