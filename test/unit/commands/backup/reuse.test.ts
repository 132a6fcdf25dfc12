import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { oldestReusableTag, type Reusable, readReusable } from '../../../../src/commands/backup/reuse.ts';
import {
  type NodeIdentity,
  newestHolders,
  type ReuseSources,
} from '../../../../src/commands/backup/reuse-records.ts';
import { tableKey } from '../../../../src/commands/backup/table-key.ts';
import { CainError } from '../../../../src/errors.ts';
import type { Catalog } from '../../../../src/store/catalog.ts';
import { type InventoryLine, inventoryRecord, type SnapshotFile } from '../../../../src/store/inventory.ts';
import { writeJsonLines } from '../../../../src/store/json-lines.ts';
import { checkpointKey, dataKey, inventoryKey, runKey } from '../../../../src/store/layout.ts';
import type { Manifest } from '../../../../src/store/manifest.ts';
import { type DamagedRecord, recordBytes } from '../../../../src/store/run-record.ts';
import type { Store } from '../../../../src/store/store.ts';
import { makeTag } from '../../../../src/store/tag.ts';
import { crcTwin } from '../../../support/crc-twin.ts';
import { withFaults } from '../../../support/faulty-store.ts';
import { failingRead, lastingFailures } from '../../../support/lasting-failures.ts';
import { type MemoryStore, type MemoryStoreOptions, openMemoryStore } from '../../../support/memory-store.ts';
import { type RecordingLog, recordLog } from '../../../support/recording-log.ts';

const { signal } = new AbortController();
const [first, second, third] = ['20260101000000', '20260102000000', '20260103000000'] as const;
const usersId = '0123456789abcdef0123456789abcdef';
const ordersId = 'fedcba9876543210fedcba9876543210';

const file: SnapshotFile = {
  keyspace: 'shop',
  table: 'users',
  tableId: usersId,
  dataDirectory: '/data1',
  file: 'nb-1-big-Data.db',
  sizeBytes: 10,
  mtime: '1795376120.573774934',
  inode: '4711',
  digest: 77,
};
const statistics: SnapshotFile = withoutDigest({ ...file, file: 'nb-1-big-Statistics.db', inode: '4712' });

function withoutDigest({ digest: _, ...rest }: SnapshotFile): SnapshotFile {
  return rest;
}

const node: NodeIdentity = {
  pod: 'pod-1',
  hostId: 'host-1',
  tables: new Set([tableKey('shop', usersId), tableKey('shop', ordersId)]),
};

describe('readReusable', () => {
  let bucket: MemoryStore;
  let log: RecordingLog;
  /** What `find` asked. */
  let earlier: Reusable;
  let backups: Manifest[];
  let damaged: Map<string, DamagedRecord>;

  function reset(options: MemoryStoreOptions = {}): void {
    bucket = openMemoryStore(options);
    log = recordLog();
    backups = [];
    damaged = new Map();
  }
  beforeEach(() => reset());

  /** Stores the object and gives the line that names it. */
  async function line(of: SnapshotFile, tag: string, pod = node.pod): Promise<InventoryLine> {
    const key = dataKey({ keyspace: of.keyspace, sum: 'aaaaaa', tag, pod, table: of.table, file: of.file });
    const { etag } = await bucket.put(key, Buffer.alloc(of.sizeBytes, tag));
    return { ...of, crc32: of.digest ?? 5, object: { key, etag } };
  }
  async function backup(
    tag: string,
    lines: readonly InventoryLine[],
    { pod = node.pod, hostId = node.hostId, plan = 'default', tables = [usersId] } = {},
  ): Promise<Manifest> {
    const inventory = await writeJsonLines(bucket, inventoryKey(tag, pod), lines.map(inventoryRecord), {
      ifNoneMatch: '*',
    });
    const manifest = {
      tag,
      plan,
      keyspaces: [
        {
          name: 'shop',
          sum: 'aaaaaa',
          replication: {},
          tables: tables.map((id) => ({ name: id === usersId ? 'users' : 'orders', id, kind: 'table' })),
        },
      ],
      nodes: [{ pod, hostId, inventory, files: lines.length, bytes: 0, uploadedBytes: 0 }],
    } as unknown as Manifest;
    backups.push(manifest);
    return manifest;
  }
  async function checkpoint(
    tag: string,
    lines: readonly InventoryLine[],
    { hostId = node.hostId, hasRunRecord = true } = {},
  ): Promise<string> {
    const key = checkpointKey(tag, node.pod, 1);
    await writeJsonLines(bucket, key, lines.map(inventoryRecord), { ifNoneMatch: '*' });
    if (hasRunRecord) {
      const record = { format: 1, tag, plan: 'default', startedAt: '', keyspaces: [] } as const;
      await bucket.put(runKey(tag), recordBytes({ ...record, nodes: [{ pod: node.pod, hostId }] }));
    }
    return key;
  }
  async function find(
    of: SnapshotFile,
    sources: Partial<ReuseSources> = {},
    { identity = node, store = bucket as Store } = {},
  ): Promise<InventoryLine | undefined> {
    const catalog = { backups, damaged } as unknown as Catalog;
    earlier = await readReusable(store, identity, { catalog, fencedTags: [], ...sources }, { signal, log });
    return earlier.find(of);
  }

  it('finds the object of a file that is the same in all that counts', async () => {
    const stored = await line(file, first);
    const other = await line(statistics, first);
    await backup(first, [stored, other]);

    expect(await find(file)).to.deep.equal(stored);
    expect(await find(statistics)).to.deep.equal(other);
    expect(log.lines).to.deep.equal([]);
  });

  const changes: ReadonlyArray<Partial<SnapshotFile>> = [
    { keyspace: 'shop2' },
    { tableId: ordersId },
    { dataDirectory: '/data2' },
    { file: 'nb-2-big-Data.db' },
    { sizeBytes: 11 },
    { mtime: '1795376120.573774935' },
    { inode: '4713' },
    { digest: 78 },
  ];
  for (const change of changes) {
    it(`stores a file anew that differs in ${Object.keys(change)} alone`, async () => {
      await backup(first, [await line(file, first)]);

      expect(await find({ ...file, ...change })).to.equal(undefined);
    });
  }

  it('stores a Data.db anew that has no digest', async () => {
    await backup(first, [await line(file, first)]);

    expect(await find(withoutDigest(file))).to.equal(undefined);
  });

  it('takes nothing of another host in the same pod, nor of the same host in another pod', async () => {
    await backup(first, [await line(file, first)], { hostId: 'host-2' });
    await backup(second, [await line(file, second, 'pod-10')], { pod: 'pod-10' });

    expect(await find(file)).to.equal(undefined);
  });

  it('takes no object of another pod, whatever the inventory says', async () => {
    await backup(first, [await line(file, first, 'pod-2')]);

    expect(await find(file)).to.equal(undefined);
  });

  describe('looks at the object', () => {
    it('that is gone', async () => {
      const stored = await line(file, first);
      await backup(first, [stored]);
      await bucket.delete([stored.object.key]);

      expect(await find(file)).to.equal(undefined);
    });

    it('that was replaced by another of the same size', async () => {
      const stored = await line(file, first);
      await backup(first, [stored]);
      await bucket.put(stored.object.key, Buffer.alloc(file.sizeBytes, 'other'));

      expect(await find(file)).to.equal(undefined);
    });

    it('that has another size than the file', async () => {
      const stored = await line({ ...file, sizeBytes: 9 }, first);
      await backup(first, [{ ...stored, sizeBytes: 10 }]);

      expect(await find(file)).to.equal(undefined);
    });

    it('that verify found damaged, in whatever backup', async () => {
      const stored = await line(file, first);
      await backup(first, [stored]);
      damaged.set(third, { format: 1, objects: [stored.object.key] });

      expect(await find(file)).to.equal(undefined);
    });

    it('of which nobody knows whether it is damaged: a record names only some', async () => {
      const stored = await line(file, first);
      await backup(first, [stored]);
      damaged.set(third, { format: 1, objects: [], isPartial: true });

      expect(await find(file)).to.equal(undefined);
    });

    for (const [storageClass, isReadable] of [
      ['STANDARD_IA', true],
      ['GLACIER_IR', true],
      ['GLACIER', false],
      ['DEEP_ARCHIVE', false],
      ['NEARLINE', true],
      ['OWN_CLASS', true],
    ] as const) {
      it(`of class ${storageClass}, which can${isReadable ? '' : 'not'} be read at once`, async () => {
        reset({ storageClassOf: () => storageClass });
        const stored = await line(file, first);
        await backup(first, [stored]);

        expect(await find(file)).to.deep.equal(isReadable ? stored : undefined);
      });
    }

    it('that is older than it may be', async () => {
      const stored = await line(file, first);
      await backup(second, [stored]);

      expect(await find(file, { oldestTag: first })).to.deep.equal(stored);
      expect(await find(file, { oldestTag: second })).to.equal(undefined);
    });
  });

  describe('tells what earlier backups have lost', () => {
    const changesInBucket: ReadonlyArray<[string, (key: string) => Promise<unknown>]> = [
      ['gone', (key) => bucket.delete([key])],
      ['shortened', (key) => bucket.put(key, Buffer.alloc(3))],
      ['altered, at the same size', (key) => bucket.put(key, Buffer.alloc(file.sizeBytes, 'x'))],
    ];
    for (const [what, change] of changesInBucket) {
      it(`an object that is ${what}: it is stored anew`, async () => {
        const stored = await line(file, first);
        await backup(first, [stored]);
        await change(stored.object.key);

        expect(await find(file)).to.equal(undefined);
        expect([...earlier.lost]).to.deep.equal([stored.object.key]);
      });
    }

    it('but nothing of what it never asked for, what is archived, and what a fenced run stored', async () => {
      reset({ storageClassOf: () => 'GLACIER' });
      const archived = await line(file, first);
      const swept = await line(statistics, second);
      await backup(first, [archived]);
      await checkpoint(second, [swept]);
      await bucket.delete([swept.object.key]);

      expect(await find(file, { fencedTags: [second] })).to.equal(undefined);
      expect(earlier.find(statistics)).to.equal(undefined);
      expect(earlier.find({ ...file, inode: '1' })).to.equal(undefined);
      expect(earlier.lost).to.be.empty;
    });
  });

  it('is not taken in by another Statistics.db of the same name, size, mtime and CRC-32', async () => {
    const one = Buffer.alloc(statistics.sizeBytes, 'a');
    const other = crcTwin(one);
    const key = (await line(statistics, first)).object.key;
    const { etag } = await bucket.put(key, one);
    const stored = { ...statistics, crc32: crc32(one), object: { key, etag } };
    await backup(first, [stored]);

    expect(crc32(other), 'a twin').to.equal(crc32(one));
    expect(one.equals(other)).to.equal(false);
    expect(await find({ ...statistics, inode: '4713' })).to.equal(undefined);
    await bucket.put(key, other);
    expect(await find(statistics), 'the twin in the bucket').to.equal(undefined);
    expect([...earlier.lost]).to.deep.equal([key]);
  });

  describe('with several backups', () => {
    it('takes each table from the newest backup that holds it, of whatever plan', async () => {
      const order = { ...file, table: 'orders', tableId: ordersId };
      const oldUser = await line(file, first);
      const oldOrder = await line(order, first);
      const newUser = await line(file, second);
      await backup(first, [oldUser, oldOrder], { plan: 'all', tables: [usersId, ordersId] });
      await backup(second, [newUser], { plan: 'users' });

      expect(await find(file)).to.deep.equal(newUser);
      expect(await find(order)).to.deep.equal(oldOrder);
    });

    it('does not fall back on an older backup for what the newest one no longer names', async () => {
      await backup(first, [await line(file, first)]);
      await backup(second, []);

      expect(await find(file)).to.equal(undefined);
    });

    it('reads no more inventories than it needs', async () => {
      for (const tag of [first, second, third]) await backup(tag, [await line(file, tag)]);
      const readsBefore = bucket.requests.GetObject ?? 0;

      await find(file, {}, { identity: { ...node, tables: new Set([tableKey('shop', usersId)]) } });

      expect((bucket.requests.GetObject ?? 0) - readsBefore).to.equal(1);
    });
  });

  describe('with fenced runs', () => {
    it('adopts what they had stored of this very node', async () => {
      const stored = await line(file, second);
      await checkpoint(second, [stored]);

      expect(await find(file, { fencedTags: [second] })).to.deep.equal(stored);
    });

    it('adopts nothing that another host had stored under this name', async () => {
      await checkpoint(second, [await line(file, second)], { hostId: 'host-2' });

      expect(await find(file, { fencedTags: [second] })).to.equal(undefined);
    });

    it('adopts nothing where no run record says whose it is', async () => {
      await checkpoint(second, [await line(file, second)], { hasRunRecord: false });

      expect(await find(file, { fencedTags: [second] })).to.equal(undefined);
    });

    it('adopts nothing of a run that nobody fenced', async () => {
      await checkpoint(second, [await line(file, second)]);

      expect(await find(file)).to.equal(undefined);
    });
  });

  describe('with records that can not be read', () => {
    it('uploads anew what a damaged inventory names, and says so', async () => {
      const manifest = await backup(first, [await line(file, first)]);
      const key = manifest.nodes[0]?.inventory.key ?? '';
      await bucket.put(key, Buffer.from('no gzip'));

      expect(await find(file)).to.equal(undefined);
      expect(log.lines).to.have.length(1);
      expect(log.lines[0]).to.deep.include({ level: 'warn' });
      expect(log.lines[0]?.fields).to.include({ key });
    });

    it('takes no line of an inventory that reads well but has another SHA-256', async () => {
      const stored = await line(file, first);
      const manifest = await backup(first, [stored]);
      const key = manifest.nodes[0]?.inventory.key ?? '';
      await bucket.delete([key]);
      await writeJsonLines(bucket, key, [inventoryRecord(stored), inventoryRecord(stored)], {
        ifNoneMatch: '*',
      });

      expect(await find(file)).to.equal(undefined);
      expect(log.messages('warn')).to.have.length(1);
    });

    it('bears an inventory that is gone, a damaged checkpoint and a damaged run record', async () => {
      const manifest = await backup(first, [await line(file, first)]);
      await bucket.delete([manifest.nodes[0]?.inventory.key ?? '']);
      const stored = await line(statistics, second);
      const damagedKey = await checkpoint(second, [stored]);
      await bucket.put(damagedKey, Buffer.from('{}'));
      await bucket.put(runKey(third), Buffer.from('{"format":2}'));

      expect(await find(file, { fencedTags: [second, third] })).to.equal(undefined);
      expect(log.messages('warn')).to.have.length(3);
    });

    for (const failure of lastingFailures) {
      it(`bears an inventory, a checkpoint and a run record that are ${failure.title}`, async () => {
        const manifest = await backup(first, [await line(file, first)]);
        const keys = [
          manifest.nodes[0]?.inventory.key ?? '',
          await checkpoint(second, [await line(file, second)]),
          runKey(third),
        ];
        await checkpoint(third, [await line(file, third)]);
        const store = withFaults(
          bucket,
          keys.map((key) => failingRead(failure, key)),
        );

        expect(await find(file, { fencedTags: [second, third] }, { store })).to.equal(undefined);
        expect(log.messages('warn')).to.have.length(3);
        store.assertAllHit();
      });
    }

    it('bears an inventory that is refused to us', async () => {
      await backup(first, [await line(file, first)]);
      const error = new CainError('CAIN_STORE_ACCESS', 'AccessDenied');
      const store = withFaults(bucket, [{ method: 'get', error }]);

      expect(await find(file, {}, { store })).to.equal(undefined);
      expect(log.messages('warn')).to.have.length(1);
      store.assertAllHit();
    });

    it('takes each line once of an inventory that was read again: its bytes were wrong on their way', async () => {
      const stored = await line(file, first);
      await backup(first, [stored]);
      const error = new CainError('CAIN_STORE_CHECKSUM', 'other bytes', { retryable: true });
      const store = withFaults(bucket, [{ method: 'get', error }]);

      expect(await find(file, {}, { store })).to.deep.equal(stored);
      expect(log.lines).to.deep.equal([]);
      store.assertAllHit();
    });

    it('fails when the store does: a full upload is no answer to a busy server', async () => {
      await backup(first, [await line(file, first)]);
      const busy = new CainError('CAIN_STORE', 'busy', { retryable: true });
      const store = withFaults(bucket, [{ method: 'get', error: busy }]);

      const error = await find(file, {}, { store }).catch((caught: unknown) => caught);

      expect(error).to.equal(busy);
      store.assertAllHit();
    });
  });

  it('holds each table to the newest backup of this very node', async () => {
    await backup(first, [], { tables: [usersId, ordersId] });
    await backup(second, [], { tables: [usersId] });
    await backup(third, [], { tables: [usersId], hostId: 'host-2' });

    const holders = newestHolders(backups, node);

    expect([...holders].map(([{ tag }, tables]) => [tag, [...tables]])).to.deep.equal([
      [second, [`shop/${usersId}`]],
      [first, [`shop/${ordersId}`]],
    ]);
  });
});

describe('oldestReusableTag', () => {
  it('reckons from the tag of the run', () => {
    expect(oldestReusableTag('20260103000000', 24 * 3600_000, makeTag)).to.equal('20260102000000');
    expect(oldestReusableTag('20260103000000', undefined, makeTag)).to.equal(undefined);
  });
});
