import { expect } from 'chai';
import type { SchemaKeyspace } from '../../../../src/cassandra/schema.ts';
import type { SnapshotListing, TableSnapshot } from '../../../../src/cassandra/snapshot-listing.ts';
import { checkSnapshot } from '../../../../src/commands/backup/check-snapshot.ts';
import { CainError } from '../../../../src/errors.ts';
import type { SnapshotFile } from '../../../../src/store/inventory.ts';

const id = '01234567-89ab-cdef-0123-456789abcdef';
const plainId = id.replaceAll('-', '');
const keyspaces: readonly SchemaKeyspace[] = [
  {
    name: 'shop',
    replication: {},
    tables: [{ keyspace: 'shop', name: 'users', id, kind: 'table', columns: [] }],
  },
];

function file(name: string, digest?: number): SnapshotFile {
  return {
    keyspace: 'shop',
    table: 'users',
    tableId: plainId,
    dataDirectory: '/data',
    file: name,
    sizeBytes: 1,
    mtime: '1.000000000',
    inode: '1',
    ...(digest === undefined ? {} : { digest }),
  };
}

const whole: readonly SnapshotFile[] = [
  file('nb-1-big-Data.db', 7),
  ...['Index.db', 'Statistics.db', 'CompressionInfo.db', 'Digest.crc32', 'TOC.txt'].map((component) =>
    file(`nb-1-big-${component}`),
  ),
  file('manifest.json'),
  file('schema.cql'),
];

function listing(changes: Partial<TableSnapshot> = {}): SnapshotListing {
  const table: TableSnapshot = {
    keyspace: 'shop',
    table: 'users',
    tableId: plainId,
    files: whole,
    manifestFiles: ['nb-1-big-Data.db'],
    ...changes,
  };
  return { tables: [table], hasLiveData: true };
}

describe('checkSnapshot', () => {
  it('is content with a whole snapshot, and with an empty table', () => {
    checkSnapshot('pod-1', listing(), keyspaces);
    checkSnapshot('pod-1', listing({ files: [], manifestFiles: [] }), keyspaces);
    checkSnapshot('pod-1', { tables: [], hasLiveData: false }, []);
  });

  const without = (component: string) => whole.filter(({ file: name }) => !name.endsWith(component));
  const cases: ReadonlyArray<[what: string, found: SnapshotListing, words: string]> = [
    ['a table without a snapshot', { tables: [], hasLiveData: true }, 'shop.users'],
    ['a table of the same name with another id', listing({ tableId: 'f'.repeat(32) }), id],
    ['a Data.db that the manifest names', listing({ files: without('Data.db') }), 'nb-1-big-Data.db'],
    ['the only Data.db of a table', listing({ files: [file('manifest.json')] }), 'nb-1-big-Data.db'],
    ['a component that its format needs', listing({ files: without('Statistics.db') }), 'Statistics.db'],
    ['the compression info', listing({ files: without('CompressionInfo.db') }), 'CompressionInfo.db'],
    [
      'the digest of a Data.db',
      listing({ files: [file('nb-1-big-Data.db'), ...without('Data.db')] }),
      'digest of nb-1-big-Data.db',
    ],
    [
      'the manifest, without which nothing proves that the list is whole',
      { tables: [withoutManifest()], hasLiveData: true },
      'manifest.json',
    ],
    [
      'all files of a table, whose directory was emptied',
      { tables: [{ ...withoutManifest(), files: [] }], hasLiveData: true },
      'manifest.json',
    ],
    [
      'a Data.db whose name nobody can read, so that it would be left out',
      listing({ files: [...whole, file('zz-9-huge-Data.db', 1)] }),
      'zz-9-huge-Data.db',
    ],
  ];
  for (const [what, found, words] of cases) {
    it(`names ${what}`, () => {
      expect(() => checkSnapshot('pod-1', found, keyspaces))
        .to.throw(CainError, words)
        .that.includes({ code: 'CAIN_SNAPSHOT_INCOMPLETE', retryable: true })
        .with.property('message')
        .that.contains('pod-1');
    });
  }

  function withoutManifest(): TableSnapshot {
    const [table] = listing().tables;
    const { manifestFiles: _, ...rest } = table as TableSnapshot;
    return rest;
  }
});
