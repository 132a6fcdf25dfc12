import { readJsonLines } from '../../../src/store/json-lines.ts';
import type { Manifest } from '../../../src/store/manifest.ts';
import { readObject } from '../../../src/store/read-object.ts';
import { parseSchemaRecord } from '../../../src/store/schema-records.ts';
import { parseTopology } from '../../../src/store/topology-record.ts';
import type { Bucket } from '../bucket.ts';
import { cqlshWarning } from '../model/cqlsh-text.ts';
import type { RingState } from '../model/ring.ts';
import type { Lane } from './lane.ts';

const { signal } = new AbortController();

/** What a backup says of its nodes, their ring, its coverage and the schema, beside what the model was when it was taken. */
export async function checkStatements(lane: Lane, bucket: Bucket, manifest: Manifest): Promise<void> {
  const what = `Backup ${manifest.tag}`;
  const state = lane.cluster.ring.stateAt(`cain-${manifest.tag}`);
  if (!state) throw new Error(`${what} is listed, but no node ever had a snapshot of it`);
  const up = state.members.filter(({ isUp }) => isUp);

  same(`${what}: nodes`, inOrder(manifest.nodes.map(nameOf)), inOrder(up.map(nameOf)));
  const isWhole = up.length === state.members.length;
  if (isWhole !== (manifest.coverage === 'whole'))
    throw new Error(
      `${what} says "${manifest.coverage}"; ${up.length} of ${state.members.length} nodes were up`,
    );
  same(`${what}: tables`, inOrder(tablesOf(manifest)), inOrder(state.tables.map(tableText)));
  await checkTopology(what, bucket, manifest, state);
  await checkSchema(what, bucket, manifest, state);
}

async function checkTopology(
  what: string,
  { store }: Bucket,
  { topology }: Manifest,
  { members }: RingState,
): Promise<void> {
  const stored = parseTopology(await readObject(store, topology.key, signal), topology.key);
  same(`${what}: topology`, inOrder(stored.map(nodeText)), inOrder(members.map(nodeText)));
}

async function checkSchema(
  what: string,
  { store }: Bucket,
  { schema }: Manifest,
  { tables, descriptions }: RingState,
): Promise<void> {
  const found: string[] = [];
  const described = new Map<string, string>();
  for await (const value of readJsonLines(store, schema.key, { sha256: schema.sha256, signal })) {
    const record = parseSchemaRecord(value, schema.key);
    if (record.kind === 'keyspace')
      described.set(record.keyspace, record.description.replace(cqlshWarning, '').trim());
    else found.push(`${record.keyspace}.${record.table} ${record.id} ${record.type}`);
  }
  same(`${what}: schema records`, inOrder(found), inOrder(tables.map(tableText)));
  for (const [keyspace, text] of descriptions)
    if (described.get(keyspace) !== text.trim())
      throw new Error(`${what} describes ${keyspace} as ${described.get(keyspace)}, it was ${text}`);
}

const nameOf = ({ pod, hostId }: { pod: string; hostId: string }): string => `${pod} ${hostId}`;

const nodeText = (node: Omit<RingState['members'][number], 'pod' | 'isUp'>): string =>
  [node.hostId, node.address, node.dataCenter, node.rack, ...node.tokens.toSorted()].join(' ');

const tableText = ({ keyspace, name, id, base }: RingState['tables'][number]): string =>
  `${keyspace}.${name} ${id} ${base === undefined ? 'table' : 'view'}`;

const tablesOf = ({ keyspaces }: Manifest): readonly string[] =>
  keyspaces.flatMap(({ name, tables }) =>
    tables.map((table) => `${name}.${table.name} ${table.id} ${table.kind}`),
  );

function inOrder(texts: readonly string[]): readonly string[] {
  return texts.toSorted();
}

function same(what: string, found: readonly string[], wanted: readonly string[]): void {
  if (found.join('\n') !== wanted.join('\n'))
    throw new Error(`${what} are\n${found.join('\n')}\nand were\n${wanted.join('\n')}`);
}
