import type { Catalog } from '../store/catalog.ts';
import { schemaTextKey } from '../store/layout.ts';
import { locationsOf, type TagLocation } from './candidates.ts';
import { deleteRecords } from './delete-objects.ts';
import type { SweepRun } from './sweep-run.ts';
import type { SweptTag } from './sweep-scope.ts';

type KeyspaceSum = Pick<TagLocation, 'keyspace' | 'sum'>;

/**
 * Deletes the schema.cql of sums that only finished tags name and under which nothing else lies: backups of the
 * original's, which no record names, may share a sum. Resolves to the finished tags that no longer need their records.
 */
export async function removeSchemaTexts(
  run: SweepRun,
  catalog: Catalog,
  swept: readonly SweptTag[],
  finished: readonly SweptTag[],
): Promise<readonly SweptTag[]> {
  const named = namedSums(catalog, swept, finished);
  const unnamed = new Map<string, KeyspaceSum>();
  for (const location of finished.flatMap(locationsOf)) {
    if (!named.has(sumKey(location))) unnamed.set(sumKey(location), location);
  }
  const refused = new Set<string>();
  for (const [key, sum] of unnamed) {
    if ((await isTextAlone(run, sum)) && !(await deleteRecords(run, [key]))) refused.add(key);
  }
  return finished.filter((tag) => !locationsOf(tag).some((location) => refused.has(sumKey(location))));
}

/** Sums of all tags but the finished ones: a backup may hold a keyspace whose objects all lie under older tags, or none. */
function namedSums(
  { backups, expired }: Catalog,
  swept: readonly SweptTag[],
  finished: readonly SweptTag[],
): ReadonlySet<string> {
  const finishedTags = new Set(finished.map(({ tag }) => tag));
  const unfinished = [...expired.map(({ record }) => record), ...swept].filter(
    ({ tag }) => !finishedTags.has(tag),
  );
  const keyspaces = [...backups, ...unfinished].flatMap((named) => [...named.keyspaces]);
  return new Set(keyspaces.map(({ name, sum }) => sumKey({ keyspace: name, sum })));
}

function sumKey({ keyspace, sum }: KeyspaceSum): string {
  return schemaTextKey(keyspace, sum);
}

async function isTextAlone({ store, signal }: SweepRun, { keyspace, sum }: KeyspaceSum): Promise<boolean> {
  const textKey = schemaTextKey(keyspace, sum);
  let isThere = false;
  for await (const { key } of store.list(`${keyspace}/${sum}/`, { signal })) {
    if (key !== textKey) return false;
    isThere = true;
  }
  return isThere;
}
