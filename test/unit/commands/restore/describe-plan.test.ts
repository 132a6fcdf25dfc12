import { expect } from 'chai';
import { describePlan, sizeText } from '../../../../src/commands/restore/describe-plan.ts';
import type { RestorePlan, RestoreTable } from '../../../../src/commands/restore/restore-plan.ts';

function table(name: string, more: Partial<RestoreTable> = {}): RestoreTable {
  const original = `shop.${name}`;
  return {
    keyspace: 'shop',
    table: name,
    kind: 'table',
    original,
    isCreated: false,
    ...more,
  } as RestoreTable;
}

const files = {
  files: 8,
  bytes: 3 * 1024,
  sstables: 1,
  bytesByDirectory: new Map(),
  formats: new Set<string>(),
};

const plan = {
  id: 'mine',
  manifest: { tag: '20260101000000', plan: 'default', mode: 'full', cassandraVersions: ['5.0.9'] },
  groups: [
    { keyspace: 'shop', tables: [table('users'), table('by_name', { kind: 'view', isCreated: true })] },
    { keyspace: 'shop', tables: [table('hits')] },
    { keyspace: 'shop', tables: [table('empty', { original: 'store.full' })] },
  ],
  nodes: [
    {
      sources: [{ backup: { pod: 'old-0' } }],
      node: { pod: { name: 'pod-0' } },
      files: new Map([
        ['shop.users', files],
        ['shop.hits', files],
      ]),
    },
  ],
  creation: { keyspaces: [], completed: [] },
  filled: new Set(['shop.users']),
  truncated: new Set(['shop.hits']),
  volumes: [
    { pod: 'pod-0', directories: ['/data'], neededBytes: 6144, freeBytes: 50_000, totalBytes: 100_000 },
  ],
  notes: ['shop.extra is not in the backup and stays as it is'],
  warnings: ['Deleted rows may come back'],
  unlike: ['shop.users has index i, which the backup has not'],
} as unknown as RestorePlan;

describe('description of a plan', () => {
  it('tells tables, nodes, room and what is lost', () => {
    expect(describePlan(plan, 'Test Cluster')).to.deep.equal([
      'Restore of backup 20260101000000 (plan default, full, Cassandra 5.0.9) into cluster Test Cluster',
      '  16 files, 6.0 KiB, on 1 nodes',
      'Nodes:',
      '  pod-0 (in the backup old-0): 16 files, 6.0 KiB',
      'Tables:',
      '  shop.users (table): 8 files, 3.0 KiB; IS NOT EMPTY and is truncated; a snapshot of what it holds now stays as the undo',
      '  shop.by_name (view): 0 files, 0 bytes; is created',
      '  shop.hits (table): 8 files, 3.0 KiB; was truncated by an earlier run of this restore',
      '  shop.empty (table from store.full): 0 files, 0 bytes; is empty',
      'Room:',
      '  pod-0 /data: 6.0 KiB to stage, 48.8 KiB free, 43.9 % free afterwards',
      'Notes:',
      '  shop.extra is not in the backup and stays as it is',
      '  shop.users has index i, which the backup has not',
      '  Deleted rows may come back',
    ]);
  });

  // Each table looked for among all of them would take minutes.
  it('tells tens of thousands of tables', () => {
    const names = Array.from({ length: 50_000 }, (_, index) => `t${index}`);
    const node = {
      ...plan.nodes[0],
      files: new Map(names.map((name) => [`shop.${name}`, files])),
    };
    const groups = names.map((name) => ({ keyspace: 'shop', tables: [table(name)] }));

    const lines = describePlan({ ...plan, nodes: [node], groups } as unknown as RestorePlan, 'Test Cluster');

    expect(lines).to.include('  shop.t49999 (table): 8 files, 3.0 KiB; is empty');
  });

  it('writes sizes as people read them', () => {
    expect([0, 1023, 1024, 1.5 * 2 ** 40].map(sizeText)).to.deep.equal([
      '0 bytes',
      '1023 bytes',
      '1.0 KiB',
      '1.5 TiB',
    ]);
  });
});
