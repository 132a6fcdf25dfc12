import { expect } from 'chai';
import { buildManifest, type ManifestParts } from '../../../../src/commands/backup/build-manifest.ts';
import { inventoryKey, rolesKey, schemaKey, topologyKey } from '../../../../src/store/layout.ts';
import { type Manifest, manifestBytes, parseManifest } from '../../../../src/store/manifest.ts';
import { version } from '../../../../src/version.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { openMemoryStore } from '../../../support/memory-store.ts';

const tag = '20260101000000';
const reference = (key: string) => ({ key, sha256: 'a'.repeat(64), sizeBytes: 1 });
const usersId = '0123abcd-0123-0123-0123-0123456789ab';
const byNameId = '0123abcd-0123-0123-0123-0123456789ac';
const node = {
  pod: 'pod-0',
  hostId: 'host-of-pod-0',
  inventory: reference(inventoryKey(tag, 'pod-0')),
  files: 2,
  bytes: 20,
  uploadedBytes: 10,
};

function parts(changes: Partial<ManifestParts> = {}): ManifestParts {
  return {
    state: {
      ring: { nodes: [], statuses: [], schemaVersions: [] },
      keyspaces: [
        {
          name: 'shop',
          replication: { class: 'SimpleStrategy', replication_factor: '2' },
          tables: [
            { keyspace: 'shop', name: 'users', id: usersId, kind: 'table', columns: [] },
            {
              keyspace: 'shop',
              name: 'by_name',
              id: byNameId,
              kind: 'view',
              baseTable: 'users',
              columns: [],
            },
          ],
        },
      ],
      descriptions: [{ keyspace: 'shop', text: Buffer.from(''), sum: 'abcdef' }],
      skewMs: 12,
    },
    stored: { nodes: [{ node }], schemaTexts: new Map() } as unknown as ManifestParts['stored'],
    catalog: { backups: [{ tag: '20251231000000' }] } as unknown as ManifestParts['catalog'],
    isFull: false,
    coverage: 'whole',
    topology: reference(topologyKey(tag)),
    schema: reference(schemaKey(tag)),
    roles: undefined,
    unsafeStore: [],
    ...changes,
  };
}

describe('buildManifest', () => {
  const now = () => new Date('2026-01-01T00:30:00Z');
  const run = backupRun({ store: openMemoryStore(), nodes: { 'pod-0': ['/data'], 'pod-1': ['/data'] }, now });

  it('says all that a restore, a sweep and a person need to know', () => {
    const manifest = buildManifest(run, parts());

    expect(manifest).to.deep.equal({
      format: 1,
      tag: '20260101000000',
      plan: 'default',
      startedAt: '2026-01-01T00:00:00.000Z',
      committedAt: '2026-01-01T00:30:00.000Z',
      toolVersion: version,
      cassandraVersions: ['5.0.9'],
      namespace: 'cassandra',
      clusterName: 'Test Cluster',
      partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
      mode: 'differential',
      skewMs: 12,
      coverage: 'whole',
      keyspaces: [
        {
          name: 'shop',
          sum: 'abcdef',
          replication: { class: 'SimpleStrategy', replication_factor: '2' },
          tables: [
            { name: 'users', id: usersId, kind: 'table' },
            { name: 'by_name', id: byNameId, kind: 'view' },
          ],
        },
      ],
      nodes: [node],
      topology: reference(topologyKey(tag)),
      schema: reference(schemaKey(tag)),
      completeTags: ['20251231000000'],
    });
  });

  it('is read again as it was built, with roles and what is unsafe of the store', () => {
    const manifest = buildManifest(
      run,
      parts({ isFull: true, roles: reference(rolesKey(tag)), unsafeStore: ['If-None-Match is ignored'] }),
    );

    const again = parseManifest(manifestBytes(manifest), 'manifest') as Manifest;

    expect(again).to.deep.equal(manifest);
    expect(again).to.include({ mode: 'full' });
  });
});
