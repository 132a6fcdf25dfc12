import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  alteredColumns,
  keyspaceReplication,
  statementId,
  tableColumns,
  viewBase,
  viewColumns,
} from '../../../cassandra/described-columns.ts';
import { digestFileOf, isData } from '../../../cassandra/sstable.ts';
import { CainError } from '../../../errors.ts';
import { type InventoryLine, inventoryRecord } from '../../../store/inventory.ts';
import { inventoryKey, manifestKey, schemaKey, topologyKey } from '../../../store/layout.ts';
import {
  type Manifest,
  type ManifestNode,
  manifestBytes,
  type RecordReference,
} from '../../../store/manifest.ts';
import type { OverlaidObjects } from '../../../store/overlay-store.ts';
import {
  type SchemaRecord,
  type SchemaTableRecord,
  schemaRecordLine,
} from '../../../store/schema-records.ts';
import type { TopologyNode } from '../../../store/topology-record.ts';
import { unknownCrc32 } from '../../../store/unknown-crc32.ts';
import { type Statement, statementsOf } from '../live-schema.ts';
import { componentsOf, type OriginalKeyspace } from './list-original.ts';
import { originalTool } from './original-tool.ts';

/** All that is known of a backup of the original's once its small files were read. */
export interface OriginalBackup {
  readonly tag: string;
  readonly keyspaces: readonly OriginalKeyspace[];
  /** Of each keyspace: what DESC printed. */
  readonly descriptions: ReadonlyMap<string, string>;
  /** By `keyspace.table`: the snapshot's schema.cql, where one is stored. */
  readonly schemaTexts: ReadonlyMap<string, string>;
  /** By key of the Digest.crc32: what it says. */
  readonly digests: ReadonlyMap<string, number>;
  /** The ring, where the user says that it is the one that was backed up; [] = nobody knows. By pod name. */
  readonly ring: ReadonlyMap<string, TopologyNode>;
  readonly partitioner: string;
  readonly clusterName: string;
  readonly namespace: string;
}

/** The original took one data directory. */
const dataDirectory = '/var/lib/cassandra/data';

/**
 * Pure. The records that our own backups have, made from what the original left, so that everything after them is the
 * same: manifest, topology, schema and an inventory for each node.
 */
export function originalRecords(backup: OriginalBackup, newId: () => string): OverlaidObjects {
  const { tag } = backup;
  const objects = new Map<string, Uint8Array>();
  const put = (key: string, bytes: Uint8Array): RecordReference => {
    objects.set(key, bytes);
    return { key, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
  };
  const tables = backup.keyspaces.flatMap((keyspace) => tableRecords(backup, keyspace, newId));
  const schema: readonly SchemaRecord[] = [
    ...backup.keyspaces.map(({ keyspace, sum }) => ({
      kind: 'keyspace' as const,
      keyspace,
      sum,
      description: backup.descriptions.get(keyspace) ?? '',
    })),
    ...tables,
  ];
  const pods = [
    ...new Set(backup.keyspaces.flatMap(({ objects: all }) => all.map(({ pod }) => pod))),
  ].toSorted();
  const nodes = pods.map((pod): ManifestNode => {
    const lines = linesOf(backup, tables, pod);
    const bytes = lines.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const inventory = put(inventoryKey(tag, pod), jsonLines(lines.map(inventoryRecord)));
    return {
      pod,
      hostId: hostIdOf(backup, pod),
      inventory,
      files: lines.length,
      bytes,
      uploadedBytes: bytes,
    };
  });
  const topology = { format: 1, nodes: pods.flatMap((pod) => backup.ring.get(pod) ?? []) };
  const manifest: Manifest = {
    format: 1,
    tag,
    plan: 'original',
    startedAt: timeOf(tag),
    committedAt: timeOf(tag),
    toolVersion: originalTool,
    cassandraVersions: [],
    namespace: backup.namespace,
    clusterName: backup.clusterName,
    partitioner: backup.partitioner,
    mode: 'full',
    skewMs: 0,
    coverage: 'whole',
    keyspaces: backup.keyspaces.map(({ keyspace, sum }) => ({
      name: keyspace,
      sum,
      replication: replicationOf(backup, keyspace),
      tables: tables
        .filter((table) => table.keyspace === keyspace)
        .map(({ table, id, type }) => ({ name: table, id, kind: type })),
    })),
    nodes,
    topology: put(topologyKey(tag), gzipSync(JSON.stringify(topology))),
    schema: put(schemaKey(tag), jsonLines(schema.map(schemaRecordLine))),
    completeTags: [],
  };
  objects.set(manifestKey(tag), manifestBytes(manifest));
  return objects;
}

/** Tables whose files are stored, and views, from the snapshots' own schema.cql, else from DESC's text with a new id. */
function tableRecords(
  { descriptions, schemaTexts }: OriginalBackup,
  { keyspace, objects }: OriginalKeyspace,
  newId: () => string,
): readonly SchemaTableRecord[] {
  const described = statementsOf(descriptions.get(keyspace) ?? '');
  const creations = described.filter(({ subject: { kind } }) => kind === 'table' || kind === 'view');
  const stored = new Set(objects.map(({ table }) => table));
  const bases = new Map<string, SchemaTableRecord>();
  for (const creation of creations) {
    const { kind, name = '' } = creation.subject;
    if (kind !== 'table' || !stored.has(name)) continue;
    bases.set(name, tableRecord(keyspace, name, textOf(keyspace, name, described, schemaTexts, newId)));
  }
  const strange = [...stored].filter((name) => !creations.some(({ subject }) => subject.name === name));
  if (strange.length > 0) {
    throw new CainError(
      'CAIN_NO_BACKUP',
      `The backup holds files of ${strange.map((name) => `${keyspace}.${name}`).join(', ')}, which its schema does not know`,
      { hint: 'Its schema.cql is of another time. Choose another tag, or another sum (CAIN_SCHEMA).' },
    );
  }
  const views = creations.flatMap(({ subject: { kind, name = '' }, text }) => {
    const base = kind === 'view' && stored.has(name) ? bases.get(viewBase(text) ?? '') : undefined;
    if (!base) return [];
    const schemaText = textOf(keyspace, name, described, schemaTexts, newId);
    const columns = viewColumns(creationIn(schemaText, name), base.columns) ?? [];
    const id = statementId(schemaText) ?? '';
    return [
      {
        kind: 'table',
        keyspace,
        table: name,
        id,
        type: 'view',
        baseTable: base.table,
        columns,
        schemaText,
      } as const,
    ];
  });
  return [...bases.values(), ...views];
}

function tableRecord(keyspace: string, table: string, schemaText: string): SchemaTableRecord {
  const columns = tableColumns(creationIn(schemaText, table));
  if (!columns)
    throw new CainError('CAIN_FORMAT', `The schema of ${keyspace}.${table} in the backup can't be read`);
  const id = statementId(schemaText) ?? '';
  const changes = statementsOf(schemaText).filter(
    ({ subject }) => subject.kind === 'alter-table' && subject.name === table,
  );
  const left = alteredColumns(
    columns,
    changes.map(({ text }) => text),
  );
  return { kind: 'table', keyspace, table, id, type: 'table', columns: left, schemaText };
}

/** The snapshot's schema.cql has ids, dropped columns and indexes; what DESC says has no id, and gets one. */
function textOf(
  keyspace: string,
  table: string,
  described: readonly Statement[],
  schemaTexts: ReadonlyMap<string, string>,
  newId: () => string,
): string {
  const own = schemaTexts.get(`${keyspace}.${table}`);
  if (own !== undefined && statementId(own) !== undefined) return own;
  const statements = described.filter(
    ({ subject }) =>
      (subject.kind === 'index' ? subject.table === table : subject.name === table) &&
      subject.kind !== 'type',
  );
  const types = described.filter(({ subject }) => subject.kind === 'type');
  return [...types, ...statements]
    .map(({ text, subject }) => {
      const isCreation = subject.kind === 'table' || subject.kind === 'view';
      return `${isCreation ? text.replace(/\bWITH\b/, `WITH ID = ${newId()}\n    AND`) : text};\n`;
    })
    .join('');
}

function creationIn(schemaText: string, table: string): string {
  return (
    statementsOf(schemaText).find(
      ({ subject: { kind, name } }) => (kind === 'table' || kind === 'view') && name === table,
    )?.text ?? ''
  );
}

function linesOf(
  { keyspaces, digests }: OriginalBackup,
  tables: readonly SchemaTableRecord[],
  pod: string,
): readonly InventoryLine[] {
  const ids = new Map(
    tables.map(({ keyspace, table, id }) => [`${keyspace}.${table}`, id.replaceAll('-', '')]),
  );
  return keyspaces.flatMap(({ keyspace, objects }) =>
    componentsOf(objects)
      .filter((object) => object.pod === pod)
      .map(({ key, etag, sizeBytes, table, file }): InventoryLine => {
        const crc32 = (isData(file) ? digests.get(digestFileOf(key)) : undefined) ?? unknownCrc32;
        const tableId = ids.get(`${keyspace}.${table}`) ?? '';
        const snapshotFile = { keyspace, table, tableId, dataDirectory, file, sizeBytes };
        return { ...snapshotFile, mtime: '0.000000000', inode: '0', crc32, object: { key, etag } };
      }),
  );
}

function hostIdOf({ ring }: OriginalBackup, pod: string): string {
  return ring.get(pod)?.hostId ?? pod;
}

function replicationOf({ descriptions }: OriginalBackup, keyspace: string): Readonly<Record<string, string>> {
  const creation = statementsOf(descriptions.get(keyspace) ?? '').find(
    ({ subject }) => subject.kind === 'keyspace',
  );
  return keyspaceReplication(creation?.text ?? '');
}

function timeOf(tag: string): string {
  return tag.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6.000Z');
}

function jsonLines(records: readonly object[]): Uint8Array {
  return gzipSync(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}
