import { readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { takeSnapshot } from '../../../../src/cassandra/snapshot.ts';
import { type StoredNodes, storeNodes } from '../../../../src/commands/backup/store-nodes.ts';
import type { ClusterState } from '../../../../src/commands/backup/take-snapshots.ts';
import type { Catalog } from '../../../../src/store/catalog.ts';
import { type InventoryLine, parseInventoryLine } from '../../../../src/store/inventory.ts';
import { readJsonLines } from '../../../../src/store/json-lines.ts';
import { dataKey } from '../../../../src/store/layout.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { crcTwin } from '../../../support/crc-twin.ts';
import { type BarePods, startBarePods } from '../../../support/embedded/bare-pods.ts';
import { fakeNode, tableId } from '../../../support/fake-nodetool.ts';
import { type MemoryStore, openMemoryStore } from '../../../support/memory-store.ts';
import type { RecordingLog } from '../../../support/recording-log.ts';

const { signal } = new AbortController();
const [first, second] = ['20260101000000', '20260102000000'] as const;
const id = tableId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const table = { keyspace: 'shop', name: 'users', id, kind: 'table' as const, columns: [] };
const state: ClusterState = {
  ring: { nodes: [], statuses: [], schemaVersions: [] },
  keyspaces: [{ name: 'shop', replication: {}, tables: [table] }],
  descriptions: [{ keyspace: 'shop', text: Buffer.from('CREATE KEYSPACE shop'), sum: 'abcdef' }],
  skewMs: 0,
};

/** Real files, real hard links, real inodes: what a second backup takes for the same is what lies on a disk. */
describe('reuse of what lies on a disk', () => {
  let pods: BarePods;
  let bucket: MemoryStore;
  let dataFile: string;
  let dataDirectories: readonly string[];
  let catalog: Catalog;

  beforeEach(async () => {
    pods = await startBarePods(1);
    const node = fakeNode(pods, 'cassandra-0');
    dataFile = node.addSstable({ table: 'users', bytes: Buffer.alloc(5000, 'x') });
    dataDirectories = node.dataDirectories;
    bucket = openMemoryStore();
    const { stored } = await backup(first);
    const manifest = {
      tag: first,
      keyspaces: [{ name: 'shop', sum: 'abcdef', replication: {}, tables: [table] }],
      nodes: stored.nodes.map((each) => each.node),
    };
    catalog = { backups: [manifest], damaged: new Map() } as unknown as Catalog;
  });
  afterEach(async () => {
    await pods.stop();
  });

  async function backup(tag: string): Promise<{ stored: StoredNodes; log: RecordingLog }> {
    const run = backupRun({ store: bucket, pods, nodes: { 'cassandra-0': dataDirectories }, tag });
    for (const { pod, releaseVersion } of run.survey.nodes) {
      await takeSnapshot(run.access.tools, pod, { tag, keyspaces: ['shop'], releaseVersion }, signal);
    }
    const reuse = tag === first ? undefined : { catalog, fencedTags: [] };
    return { stored: await storeNodes(run, { state, reuse, isFull: false }), log: run.log };
  }

  /** Files that the second backup uploaded. What it says of any file must be true of the disk and of the bucket. */
  async function uploadedBySecond(): Promise<{ files: readonly string[]; warnings: RecordingLog['lines'] }> {
    const { stored, log } = await backup(second);
    const key = stored.nodes[0]?.node.inventory.key ?? '';
    const lines: InventoryLine[] = [];
    for await (const value of readJsonLines(bucket, key)) lines.push(parseInventoryLine(value, key));
    for (const { file, object, sizeBytes, crc32: crc } of lines) {
      const onDisk = readFileSync(join(dirname(dataFile), file));
      const inBucket = bucket.objects.get(object.key)?.bytes ?? Buffer.alloc(0);
      expect(inBucket.equals(onDisk), file).to.equal(true);
      expect([sizeBytes, crc], file).to.deep.equal([onDisk.length, crc32(onDisk)]);
    }
    return {
      files: lines.filter(({ object }) => object.key.includes(`/${second}/`)).map(({ file }) => file),
      warnings: log.lines.filter(({ level }) => level === 'warn'),
    };
  }

  const pathOf = (file: string) => join(dirname(dataFile), file);

  /** As Cassandra does it: a new file under the old name. Here with the old one's time, to the nanosecond that can be set. */
  function replace(file: string, bytes: Buffer): void {
    const before = statSync(pathOf(file), { bigint: true });
    writeFileSync(pathOf('tmp'), bytes);
    utimesSync(pathOf('tmp'), Number(before.atimeMs) / 1000, Number(before.mtimeMs) / 1000);
    renameSync(pathOf('tmp'), pathOf(file));
    expect(statSync(pathOf(file), { bigint: true }).ino, 'another inode').to.not.equal(before.ino);
  }

  it('uploads nothing when nothing changed', async () => {
    const { files, warnings } = await uploadedBySecond();

    expect([files, warnings]).to.deep.equal([[], []]);
  });

  it('sees a Statistics.db of the same name, size, time and even CRC-32', async () => {
    const file = 'nb-1-big-Statistics.db';
    const twin = crcTwin(readFileSync(pathOf(file)));
    utimesSync(pathOf(file), 1_700_000_000, 1_700_000_000);
    replace(file, twin);

    expect((await uploadedBySecond()).files).to.deep.equal([file]);
  });

  it('sees a file that was rewritten in place', async () => {
    const file = 'nb-1-big-Index.db';
    writeFileSync(pathOf(file), crcTwin(readFileSync(pathOf(file))));

    expect((await uploadedBySecond()).files).to.deep.equal([file]);
  });

  it('sees another SSTable under a name that Cassandra uses twice', async () => {
    const bytes = Buffer.alloc(5000, 'y');
    replace('nb-1-big-Data.db', bytes);
    replace('nb-1-big-Digest.crc32', Buffer.from(String(crc32(bytes))));

    expect((await uploadedBySecond()).files).to.deep.equal(['nb-1-big-Data.db', 'nb-1-big-Digest.crc32']);
  });

  for (const [what, change] of [
    ['gone', (key: string) => bucket.delete([key])],
    ['shortened', (key: string) => bucket.put(key, Buffer.alloc(10, 'x'))],
    ['altered at the same size', (key: string) => bucket.put(key, Buffer.alloc(5000, 'z'))],
  ] as ReadonlyArray<[string, (key: string) => Promise<unknown>]>) {
    it(`stores anew what is ${what} in the bucket, and says whom it harms`, async () => {
      const file = 'nb-1-big-Data.db';
      const key = dataKey({
        keyspace: 'shop',
        sum: 'abcdef',
        tag: first,
        pod: 'cassandra-0',
        table: 'users',
        file,
      });
      await change(key);

      const { files, warnings } = await uploadedBySecond();

      expect(files).to.deep.equal([file]);
      expect(warnings).to.have.length(1);
      expect(warnings[0]?.message).to.contain('gone from the bucket or were altered');
      expect(warnings[0]?.fields).to.include({ pod: 'cassandra-0', objects: 1, first: key });
    });
  }
});
