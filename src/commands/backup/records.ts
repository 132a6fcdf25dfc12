import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { KeyspaceDescription } from '../../cassandra/descriptions.ts';
import type { SchemaKeyspace } from '../../cassandra/schema.ts';
import { isSystemKeyspace } from '../../cassandra/selection.ts';
import { CainError } from '../../errors.ts';
import { writeJsonLines } from '../../store/json-lines.ts';
import { differentialMarkKey, runKey, schemaKey, schemaTextKey, topologyKey } from '../../store/layout.ts';
import type { RecordReference } from '../../store/manifest.ts';
import { readObject } from '../../store/read-object.ts';
import { recordBytes } from '../../store/run-record.ts';
import { type SchemaRecord, schemaRecordLine } from '../../store/schema-records.ts';
import type { StoredObject } from '../../store/store.ts';
import { isUnreadable } from '../../store/unreadable.ts';
import type { BackupRun } from './backup-run.ts';
import { deleteAll } from './delete-all.ts';
import { tableKey } from './table-key.ts';
import type { ClusterState, ReadState } from './take-snapshots.ts';

/** The bytes that were hashed, under their sum. Other bytes under one sum are an error: 24 bits can collide. */
export async function putSchemaTexts(
  run: BackupRun,
  descriptions: readonly KeyspaceDescription[],
): Promise<void> {
  const { store, signal } = run;
  for (const { keyspace, sum, text } of descriptions) {
    const key = schemaTextKey(keyspace, sum);
    if (await putUnlessThere(store, key, text, signal)) continue;
    const known = await readText(run, key);
    if (known && Buffer.compare(known, text) !== 0) throw collision(keyspace, sum, key);
  }
}

/** undefined = it can't be read, which is no reason to go without tonight's backup. */
async function readText({ store, signal, context }: BackupRun, key: string): Promise<Uint8Array | undefined> {
  try {
    return await readObject(store, key, signal);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    context.log.warn('A schema text can not be read; only the original Cain needs it', { key, error });
    return undefined;
  }
}

/**
 * A server that refuses a put before it has read all of its bytes may close the connection on them: who sends more than
 * the sockets hold never hears of the 412. Thousands of tables have megabytes of text, which is there every night.
 */
const mostBytesSentUnasked = 64 * 1024;

/** False = the key was taken before. */
async function putUnlessThere(
  store: BackupRun['store'],
  key: string,
  text: Uint8Array,
  signal: AbortSignal,
): Promise<boolean> {
  if (text.length > mostBytesSentUnasked && (await store.head(key, { signal }))) return false;
  try {
    await store.put(key, text, { ifNoneMatch: '*', signal });
    return true;
  } catch (error) {
    if (!(error instanceof CainError) || error.code !== 'CAIN_STORE_EXISTS') throw error;
    return false;
  }
}

function collision(keyspace: string, sum: string, key: string): CainError {
  return new CainError(
    'CAIN_SUM_COLLISION',
    `Keyspace ${keyspace} has schema sum ${sum}, but ${key} holds another text`,
    {
      hint: 'Two schemas share 24 bits, or the object was altered. Change any table option to get another sum.',
    },
  );
}

/**
 * A run has begun: from now on a later run finds all that this one leaves, and can fence it off. Replaced only by
 * this run itself, when the schema changed under its first snapshots and its sums are others.
 */
export async function putRunRecord(
  run: BackupRun,
  state: ReadState,
  earlier: StoredObject | undefined,
): Promise<StoredObject> {
  const record = recordBytes({
    format: 1,
    tag: run.tag,
    plan: run.context.settings.plan,
    startedAt: run.startedAt.toISOString(),
    keyspaces: state.descriptions.map(({ keyspace, sum }) => ({ name: keyspace, sum })),
    nodes: run.survey.nodes.map(({ pod, hostId }) => ({ pod: pod.name, hostId })),
  });
  const condition = earlier ? { ifMatch: earlier.etag } : { ifNoneMatch: '*' as const };
  return await run.store.put(runKey(run.tag), record, { ...condition, signal: run.signal });
}

/** Before the first data object: until a full backup is committed the original must not take this tag for one. */
export async function putDifferentialMarks(
  { store, tag, signal }: BackupRun,
  descriptions: readonly KeyspaceDescription[],
): Promise<void> {
  const mark = Buffer.from('{"note":"This tag is not a full backup. Restore it with Cain 1.0 or later."}\n');
  for (const { keyspace, sum } of descriptions)
    await store.put(differentialMarkKey({ keyspace, sum, tag }), mark, { signal });
}

/** After the commit of a full backup. */
export async function removeDifferentialMarks(
  { store, tag, signal }: BackupRun,
  descriptions: readonly KeyspaceDescription[],
): Promise<void> {
  const keys = descriptions.map(({ keyspace, sum }) => differentialMarkKey({ keyspace, sum, tag }));
  await deleteAll(store, keys, signal);
}

/** Large with vnodes, which is why it is not in the manifest. */
export async function putTopology(
  { store, tag, signal }: BackupRun,
  { ring }: ClusterState,
): Promise<RecordReference> {
  const bytes = gzipSync(JSON.stringify({ format: 1, nodes: ring.nodes }));
  const key = topologyKey(tag);
  await store.put(key, bytes, { ifNoneMatch: '*', signal });
  return { key, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
}

/** DESC of each keyspace, and each table's own schema.cql with ids, dropped columns and indexes. */
export async function putSchemaRecords(
  { store, tag, signal }: BackupRun,
  state: ClusterState,
  schemaTexts: ReadonlyMap<string, string>,
): Promise<RecordReference> {
  const { key, sha256, sizeBytes } = await writeJsonLines(
    store,
    schemaKey(tag),
    schemaRecords(state, schemaTexts),
    { ifNoneMatch: '*', signal },
  );
  return { key, sha256, sizeBytes };
}

function* schemaRecords(
  { keyspaces, descriptions }: ClusterState,
  schemaTexts: ReadonlyMap<string, string>,
): Iterable<Record<string, unknown>> {
  for (const { keyspace, sum, text } of descriptions) {
    yield schemaRecordLine({
      kind: 'keyspace',
      keyspace,
      sum,
      description: Buffer.from(text).toString('utf8'),
    });
    yield* tableRecords(
      keyspaces.find(({ name }) => name === keyspace),
      schemaTexts,
    );
  }
}

function* tableRecords(
  keyspace: SchemaKeyspace | undefined,
  schemaTexts: ReadonlyMap<string, string>,
): Iterable<Record<string, unknown>> {
  for (const table of keyspace?.tables ?? []) {
    // Snapshots of Cassandra's own tables hold no schema.cql: every node makes those tables itself.
    const ownText = isSystemKeyspace(table.keyspace) ? '' : undefined;
    const schemaText = schemaTexts.get(tableKey(table.keyspace, table.id)) ?? ownText;
    if (schemaText === undefined) {
      throw new CainError(
        'CAIN_SNAPSHOT_INCOMPLETE',
        `No snapshot of table ${table.keyspace}.${table.name} holds a schema.cql`,
      );
    }
    const record: SchemaRecord = {
      kind: 'table',
      keyspace: table.keyspace,
      table: table.name,
      id: table.id,
      type: table.kind,
      ...(table.baseTable === undefined ? {} : { baseTable: table.baseTable }),
      columns: table.columns,
      schemaText,
    };
    yield schemaRecordLine(record);
  }
}
