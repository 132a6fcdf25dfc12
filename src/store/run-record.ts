import { formatError, parseJson, type RecordReader, readRecord } from '../record.ts';
import { inventoryKey } from './layout.ts';
import { lineForm, planForm, podName, sha256Form, tagForm } from './record-forms.ts';

/** `.cain/runs/<tag>.json`: a run has begun. It names all that a later run needs to find what it left. */
export interface RunRecord {
  readonly format: 1;
  readonly tag: string;
  readonly plan: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly keyspaces: ReadonlyArray<{ readonly name: string; readonly sum: string }>;
  readonly nodes: ReadonlyArray<{ readonly pod: string; readonly hostId: string }>;
}

/** `.cain/expired/<tag>.json`: from its LastModified on this backup is not live. It names what the sweep must look at. */
export interface ExpiredRecord {
  readonly format: 1;
  readonly tag: string;
  readonly plan: string;
  readonly keyspaces: ReadonlyArray<{ readonly name: string; readonly sum: string }>;
  readonly nodes: ReadonlyArray<{
    readonly pod: string;
    readonly hostId: string;
    readonly inventoryKey: string;
    readonly inventorySha256: string;
  }>;
}

/** `.cain/owner.json`: whose prefix this is. */
export interface OwnerRecord {
  readonly format: 1;
  readonly id: string;
  readonly hostIds: readonly string[];
}

/** `.cain/damaged/<tag>.json`: objects that verify found damaged; none = it found them whole again. */
export interface DamagedRecord {
  readonly format: 1;
  readonly objects: readonly string[];
  /** There are more of them than a record holds. */
  readonly isPartial?: true;
}

export function namesDamage({ objects, isPartial }: DamagedRecord): boolean {
  return objects.length > 0 || isPartial === true;
}

export function recordBytes(record: RunRecord | ExpiredRecord | OwnerRecord | DamagedRecord): Uint8Array {
  return Buffer.from(`${JSON.stringify(record, undefined, 1)}\n`);
}

export function parseRunRecord(bytes: Uint8Array, key: string): RunRecord {
  const reader = readerOf(bytes, key);
  return {
    format: 1,
    tag: reader.matching('tag', tagForm),
    plan: reader.matching('plan', planForm),
    startedAt: reader.string('startedAt'),
    keyspaces: reader
      .records('keyspaces')
      .map((keyspace) => ({ name: keyspace.string('name'), sum: keyspace.string('sum') })),
    nodes: reader
      .records('nodes')
      .map((node) => ({ pod: node.matching('pod', podName), hostId: node.matching('hostId', lineForm) })),
  };
}

export function parseExpiredRecord(bytes: Uint8Array, key: string): ExpiredRecord {
  const reader = readerOf(bytes, key);
  const tag = reader.matching('tag', tagForm);
  return {
    format: 1,
    tag,
    plan: reader.matching('plan', planForm),
    keyspaces: reader
      .records('keyspaces')
      .map((keyspace) => ({ name: keyspace.string('name'), sum: keyspace.string('sum') })),
    nodes: reader.records('nodes').map((node) => readExpiredNode(node, tag)),
  };
}

function readExpiredNode(node: RecordReader, tag: string): ExpiredRecord['nodes'][number] {
  const pod = node.matching('pod', podName);
  const key = node.string('inventoryKey');
  if (key !== inventoryKey(tag, pod)) {
    throw formatError(node.where, `"inventoryKey" is not ${inventoryKey(tag, pod)}`);
  }
  const inventorySha256 = node.matching('inventorySha256', sha256Form);
  return { pod, hostId: node.matching('hostId', lineForm), inventoryKey: key, inventorySha256 };
}

export function parseOwnerRecord(bytes: Uint8Array, key: string): OwnerRecord {
  const reader = readerOf(bytes, key);
  return { format: 1, id: reader.string('id'), hostIds: reader.strings('hostIds') };
}

export function parseDamagedRecord(bytes: Uint8Array, key: string): DamagedRecord {
  const reader = readerOf(bytes, key);
  return {
    format: 1,
    objects: reader.strings('objects'),
    ...(reader.has('isPartial') ? { isPartial: true } : {}),
  };
}

function readerOf(bytes: Uint8Array, key: string): RecordReader {
  const reader = readRecord(parseJson(Buffer.from(bytes).toString('utf8'), key), key);
  reader.format(1);
  return reader;
}
