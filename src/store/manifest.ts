import { CainError } from '../errors.ts';
import { formatError, parseJson, type RecordReader, readRecord } from '../record.ts';
import { inventoryKey, rolesKey, schemaKey, topologyKey } from './layout.ts';
import {
  cqlName,
  dashedId,
  lineForm,
  planForm,
  podName,
  sha256Form,
  sumForm,
  tagForm,
} from './record-forms.ts';

/** The newest manifest format that this program writes and reads. */
export const manifestFormat = 1;

export const coverageLevels = ['whole', 'quorum', 'single'] as const;
export type CoverageLevel = (typeof coverageLevels)[number];

/**
 * Many are read at once, so it is bounded: 1,000 nodes take half a megabyte, 10,000 tables one and a half, and 10,000
 * backups that it knows a quarter.
 */
export const mostManifestBytes = 8 * 1024 * 1024;

/** A record that the manifest names: its key, and the SHA-256 (hex) and size of its stored bytes. */
export interface RecordReference {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface ManifestTable {
  readonly name: string;
  readonly id: string;
  readonly kind: 'table' | 'view';
}

export interface ManifestKeyspace {
  readonly name: string;
  /** First 6 hex digits of the SHA-256 of what `DESC <keyspace>` printed. */
  readonly sum: string;
  readonly replication: Readonly<Record<string, string>>;
  readonly tables: readonly ManifestTable[];
}

export interface ManifestNode {
  readonly pod: string;
  readonly hostId: string;
  readonly inventory: RecordReference;
  readonly files: number;
  readonly bytes: number;
  readonly uploadedBytes: number;
}

/** The commit record of a backup: a backup exists only when this does. */
export interface Manifest {
  readonly format: typeof manifestFormat;
  readonly tag: string;
  readonly plan: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly committedAt: string;
  readonly toolVersion: string;
  readonly cassandraVersions: readonly string[];
  readonly namespace: string;
  readonly clusterName: string;
  readonly partitioner: string;
  /** full = every file of it was uploaded under its own tag. */
  readonly mode: 'full' | 'differential';
  /** Milliseconds between the first node's snapshot and the last one's. */
  readonly skewMs: number;
  readonly coverage: CoverageLevel;
  readonly keyspaces: readonly ManifestKeyspace[];
  readonly nodes: readonly ManifestNode[];
  readonly topology: RecordReference;
  readonly schema: RecordReference;
  readonly roles?: RecordReference;
  /** The tags that were live backups when this one was committed: a sweep misses none of them. */
  readonly completeTags: readonly string[];
  /** Set when the store could not prove conditional writes or checksums and a setting allowed it. */
  readonly unsafeStore?: readonly string[];
}

/** What fences off a run that never committed: it takes the manifest's key, and is never a backup. */
export interface Tombstone {
  readonly abandoned: true;
}

export const tombstoneBytes: Uint8Array = Buffer.from('{"abandoned":true}\n');

/** The exact bytes of the commit; the same manifest always gives the same bytes. Throws CAIN_FORMAT on one that nobody would read. */
export function manifestBytes(manifest: Manifest): Uint8Array {
  const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
  if (bytes.length <= mostManifestBytes) return bytes;
  throw new CainError('CAIN_FORMAT', `The manifest would have ${bytes.length} bytes`, {
    hint: `No manifest may have more than ${mostManifestBytes}. Back up fewer keyspaces at once (CAIN_KEYSPACE).`,
  });
}

/** What lies at a manifest's key. Throws CAIN_FORMAT on anything else: unreadable is never "absent". */
export function parseManifest(bytes: Uint8Array, key: string): Manifest | Tombstone {
  const reader = readRecord(parseJson(Buffer.from(bytes).toString('utf8'), key), key);
  if (reader.has('abandoned')) return { abandoned: true };
  reader.format(manifestFormat);
  const tag = reader.matching('tag', tagForm);
  const roles = reader.optionalRecord('roles');
  const unsafeStore = reader.has('unsafeStore') ? reader.strings('unsafeStore') : undefined;
  return {
    format: manifestFormat,
    tag,
    plan: reader.matching('plan', planForm),
    startedAt: reader.matching('startedAt', lineForm),
    committedAt: reader.matching('committedAt', lineForm),
    toolVersion: reader.matching('toolVersion', lineForm),
    cassandraVersions: lines(reader, 'cassandraVersions'),
    namespace: reader.matching('namespace', lineForm),
    clusterName: reader.matching('clusterName', lineForm),
    partitioner: reader.matching('partitioner', lineForm),
    mode: reader.oneOf('mode', ['full', 'differential']),
    skewMs: reader.number('skewMs'),
    coverage: reader.oneOf('coverage', coverageLevels),
    keyspaces: reader.records('keyspaces').map(readKeyspace),
    nodes: reader.records('nodes').map((node) => readNode(node, tag)),
    topology: readReference(reader.record('topology'), topologyKey(tag)),
    schema: readReference(reader.record('schema'), schemaKey(tag)),
    ...(roles ? { roles: readReference(roles, rolesKey(tag)) } : {}),
    completeTags: lines(reader, 'completeTags', tagForm),
    ...(unsafeStore ? { unsafeStore } : {}),
  };
}

export function isTombstone(record: Manifest | Tombstone): record is Tombstone {
  return 'abandoned' in record;
}

function lines(reader: RecordReader, name: string, form = lineForm): readonly string[] {
  const found = reader.strings(name);
  if (found.every((line) => form.test(line))) return found;
  throw formatError(reader.where, `"${name}" holds a text of another form`);
}

function readKeyspace(reader: RecordReader): ManifestKeyspace {
  return {
    name: reader.matching('name', cqlName),
    sum: reader.matching('sum', sumForm),
    replication: reader.stringMap('replication'),
    tables: reader.records('tables').map((table) => ({
      name: table.matching('name', cqlName),
      id: table.matching('id', dashedId),
      kind: table.oneOf('kind', ['table', 'view']),
    })),
  };
}

function readNode(reader: RecordReader, tag: string): ManifestNode {
  const pod = reader.matching('pod', podName);
  return {
    pod,
    hostId: reader.matching('hostId', lineForm),
    inventory: readReference(reader.record('inventory'), inventoryKey(tag, pod)),
    files: reader.count('files'),
    bytes: reader.count('bytes'),
    uploadedBytes: reader.count('uploadedBytes'),
  };
}

/** The key is known: one that points elsewhere is none of ours. */
function readReference(reader: RecordReader, wantedKey: string): RecordReference {
  const key = reader.string('key');
  if (key !== wantedKey) throw formatError(reader.where, `"key" is not ${wantedKey}`);
  return { key, sha256: reader.matching('sha256', sha256Form), sizeBytes: reader.count('sizeBytes') };
}
