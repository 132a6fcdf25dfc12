import { isData, parseComponent } from '../../../cassandra/sstable.ts';
import { CainError } from '../../../errors.ts';
import { differentialMarkKey, parseDataKey, schemaTextKey, tagPrefix } from '../../../store/layout.ts';
import type { ObjectInfo, Store } from '../../../store/store.ts';
import { findOriginals } from '../../list/find-originals.ts';

/** A keyspace in a backup of the original Cain: nothing but keys and sizes tells of it. */
export interface OriginalKeyspace {
  readonly keyspace: string;
  readonly sum: string;
  /** Of the schema's text. */
  readonly schemaKey: string;
  readonly objects: readonly OriginalObject[];
}

export interface OriginalObject extends Pick<ObjectInfo, 'key' | 'sizeBytes' | 'etag'> {
  readonly pod: string;
  readonly table: string;
  readonly file: string;
}

/**
 * What the original Cain stored under a tag; undefined = nothing. `sum` (CAIN_SCHEMA) chooses where a keyspace has it
 * under several. Throws CAIN_NO_BACKUP where what lies there is no whole backup as far as that can be told.
 */
export async function listOriginal(
  store: Store,
  { tag, sum }: { readonly tag: string; readonly sum: string | undefined },
  signal: AbortSignal,
): Promise<readonly OriginalKeyspace[] | undefined> {
  const found = (await findOriginals(store, new Set(), signal)).find((backup) => backup.tag === tag);
  if (!found) return undefined;
  const chosen = chooseSums(found.keyspaces, { tag, sum });
  const keyspaces: OriginalKeyspace[] = [];
  for (const { name: keyspace, sum: chosenSum } of chosen) {
    const place = { keyspace, sum: chosenSum, tag };
    if (await store.head(differentialMarkKey(place), { signal })) throw unfinished(tag, keyspace);
    const objects = await listObjects(store, tagPrefix(place), signal);
    checkWhole(keyspace, objects);
    keyspaces.push({ keyspace, sum: chosenSum, schemaKey: schemaTextKey(keyspace, chosenSum), objects });
  }
  return keyspaces;
}

async function listObjects(
  store: Store,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly OriginalObject[]> {
  const objects: OriginalObject[] = [];
  for await (const { key, sizeBytes, etag } of store.list(prefix, { signal })) {
    const parts = parseDataKey(key);
    if (parts) objects.push({ key, sizeBytes, etag, pod: parts.pod, table: parts.table, file: parts.file });
  }
  return objects;
}

/** Pure. One sum for each keyspace. */
export function chooseSums(
  keyspaces: ReadonlyArray<{ readonly name: string; readonly sum: string }>,
  { tag, sum }: { readonly tag: string; readonly sum: string | undefined },
): ReadonlyArray<{ readonly name: string; readonly sum: string }> {
  const known = keyspaces.map((each) => `${each.name}/${each.sum}`).join(', ');
  const chosen = sum === undefined ? keyspaces : keyspaces.filter((each) => each.sum === sum);
  if (chosen.length === 0) {
    throw noBackup(`Backup ${tag} lies under no schema sum ${sum}; there is ${known}`, 'See CAIN_SCHEMA.');
  }
  const names = chosen.map(({ name }) => name);
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double === undefined) return chosen;
  throw noBackup(
    `Backup ${tag} lies under several schema sums: ${known}`,
    'Say which one is meant: CAIN_SCHEMA=<sum>.',
  );
}

/**
 * Pure. The original marks no backup as complete. What can be told: a snapshot has a manifest.json for each table on
 * each node, and it is uploaded with the rest. Throws CAIN_NO_BACKUP.
 */
export function checkWhole(keyspace: string, objects: readonly OriginalObject[]): void {
  const tables = new Set(objects.map(({ table }) => table));
  const pods = new Set(objects.map(({ pod }) => pod));
  const held = new Set(
    objects.filter(({ file }) => file === 'manifest.json').map(({ pod, table }) => `${pod} ${table}`),
  );
  const missing = [...pods].flatMap((pod) =>
    [...tables]
      .filter((table) => !held.has(`${pod} ${table}`))
      .map((table) => `${keyspace}.${table} of ${pod}`),
  );
  const empty = objects
    .filter(({ file, sizeBytes }) => isData(file) && sizeBytes === 0)
    .map(({ key }) => key);
  if (missing.length === 0 && empty.length === 0) return;
  const what = [
    ...(missing.length > 0 ? [`manifest.json is missing for ${missing.slice(0, 5).join(', ')}`] : []),
    ...(empty.length > 0 ? [`without a byte: ${empty.slice(0, 5).join(', ')}`] : []),
  ];
  throw noBackup(
    `The backup of keyspace ${keyspace} is not whole: ${what.join('; ')}`,
    'The original Cain stores what it has when it fails, and marks no backup as complete. Choose another tag.',
  );
}

/** Components of SSTables; index directories that the original collapsed into one object each are none. */
export function componentsOf(objects: readonly OriginalObject[]): readonly OriginalObject[] {
  return objects.filter(({ file }) => parseComponent(file) !== undefined);
}

function unfinished(tag: string, keyspace: string): CainError {
  return noBackup(
    `Tag ${tag} of keyspace ${keyspace} is an unfinished or expired backup of this Cain, and none of the original's`,
    '`cain list` shows the backups that can be restored.',
  );
}

function noBackup(message: string, hint: string): CainError {
  return new CainError('CAIN_NO_BACKUP', message, { hint });
}
