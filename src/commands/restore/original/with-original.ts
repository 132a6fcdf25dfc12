import { randomUUID } from 'node:crypto';
import { digestFileOf, isData } from '../../../cassandra/sstable.ts';
import { forEachLimited } from '../../../concurrency.ts';
import { CainError } from '../../../errors.ts';
import { manifestKey } from '../../../store/layout.ts';
import { overlayStore } from '../../../store/overlay-store.ts';
import { readObject } from '../../../store/read-object.ts';
import type { Store } from '../../../store/store.ts';
import type { TopologyNode } from '../../../store/topology-record.ts';
import { readSettledRing } from '../read-ring.ts';
import type { RestoreRun } from '../restore-run.ts';
import { listOriginal, type OriginalKeyspace } from './list-original.ts';
import { originalRecords } from './original-records.ts';

const readsAtOnce = 16;

/**
 * For a tag that has no manifest and that the original Cain stored: the same run, of which the store has the records too
 * that our own backups have. Any other run is given back as it is.
 */
export async function withOriginal(run: RestoreRun): Promise<RestoreRun> {
  const { store, signal, survey } = run;
  const { settings, log } = run.context;
  const { tag = 'latest', schemaSum: sum } = settings;
  if (tag === 'latest' || (await store.head(manifestKey(tag), { signal }))) return run;
  const keyspaces = await listOriginal(store, { tag, sum }, signal);
  if (!keyspaces) return run;
  const { digests, unchecked } = await readDigests(store, keyspaces, signal);
  log.warn(
    'This is a backup of the original Cain: it has no checksums but those of Cassandra, and no tokens',
    {
      keyspaces: keyspaces.map(({ keyspace }) => keyspace),
      dataFilesWithoutDigest: unchecked,
    },
  );
  const records = originalRecords(
    {
      tag,
      keyspaces,
      descriptions: await readTexts(
        store,
        keyspaces.map(({ keyspace, schemaKey }) => [keyspace, schemaKey]),
        signal,
      ),
      schemaTexts: await readTexts(store, schemaTextKeys(keyspaces), signal),
      digests,
      ring: settings.sameRing ? await ringByPod(run) : new Map(),
      partitioner: survey.partitioner,
      clusterName: survey.clusterName,
      namespace: settings.namespace,
    },
    randomUUID,
  );
  return { ...run, store: overlayStore(store, records) };
}

/** One of each table: the nodes agree on the schema. */
function schemaTextKeys(keyspaces: readonly OriginalKeyspace[]): ReadonlyArray<readonly [string, string]> {
  return keyspaces.flatMap(({ keyspace, objects }) =>
    objects
      .filter(({ file }) => file === 'schema.cql')
      .map(({ key, table }) => [`${keyspace}.${table}`, key] as const),
  );
}

async function readTexts(
  store: Store,
  keys: ReadonlyArray<readonly [name: string, key: string]>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  await forEachLimited([...new Map(keys)], readsAtOnce, async ([name, key]) => {
    texts.set(name, Buffer.from(await readObject(store, key, signal)).toString('utf8'));
  });
  return texts;
}

/** What Cassandra wrote beside each Data.db, by key: the only checksums there are. */
async function readDigests(
  store: Store,
  keyspaces: readonly OriginalKeyspace[],
  signal: AbortSignal,
): Promise<{ digests: ReadonlyMap<string, number>; unchecked: number }> {
  const objects = keyspaces.flatMap((keyspace) => keyspace.objects);
  const known = new Set(objects.map(({ key }) => key));
  const data = objects.filter(({ file }) => isData(file));
  const keys = data.map(({ key }) => digestFileOf(key)).filter((key) => known.has(key));
  const digests = new Map<string, number>();
  await forEachLimited(keys, readsAtOnce, async (key) => {
    const text = Buffer.from(await readObject(store, key, signal))
      .toString('utf8')
      .trim();
    if (!/^\d{1,10}$/.test(text)) throw damagedDigest(key);
    digests.set(key, Number(text));
  });
  return { digests, unchecked: data.length - keys.length };
}

/** CAIN_RESTORE_SAME_RING: what was not recorded is what is there, pod by pod. */
async function ringByPod(run: RestoreRun): Promise<ReadonlyMap<string, TopologyNode>> {
  const { nodes } = await readSettledRing(run);
  const byHostId = new Map(nodes.map((node) => [node.hostId, node]));
  return new Map(
    run.survey.nodes.flatMap(({ pod, hostId }) => {
      const node = byHostId.get(hostId);
      return node ? [[pod.name, node] as const] : [];
    }),
  );
}

function damagedDigest(key: string): CainError {
  return new CainError('CAIN_CHECKSUM_MISMATCH', `The digest of an SSTable is no number: key ${key}`, {
    hint: 'The object was damaged. Restore another backup; the tables are as they were.',
  });
}
