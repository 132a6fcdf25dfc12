import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { takeSnapshot } from '../../../../src/cassandra/snapshot.ts';
import type { BackupRun } from '../../../../src/commands/backup/backup-run.ts';
import { storeNodes } from '../../../../src/commands/backup/store-nodes.ts';
import type { ClusterState } from '../../../../src/commands/backup/take-snapshots.ts';
import type { Settings } from '../../../../src/settings/table.ts';
import type { Catalog } from '../../../../src/store/catalog.ts';
import { type InventoryLine, inventoryRecord, parseInventoryLine } from '../../../../src/store/inventory.ts';
import { readJsonLines, writeJsonLines } from '../../../../src/store/json-lines.ts';
import { runKey } from '../../../../src/store/layout.ts';
import { recordBytes } from '../../../../src/store/run-record.ts';
import type { Store } from '../../../../src/store/store.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { type BarePods, startBarePods } from '../../../support/embedded/bare-pods.ts';
import { waitUntil } from '../../../support/embedded/wait-until.ts';
import { rejection } from '../../../support/error-code.ts';
import { type FakeNode, fakeNode, tableId } from '../../../support/fake-nodetool.ts';
import { withFaults } from '../../../support/faulty-store.ts';
import { startMemoryHttp } from '../../../support/memory-http.ts';
import { type MemoryStore, openMemoryStore } from '../../../support/memory-store.ts';

const never = new AbortController().signal;
const tag = '20260101000000';

function dashed(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const state: ClusterState = {
  ring: { nodes: [], statuses: [], schemaVersions: [] },
  keyspaces: [
    {
      name: 'shop',
      replication: {},
      tables: [{ keyspace: 'shop', name: 'users', id: dashed(tableId), kind: 'table', columns: [] }],
    },
  ],
  descriptions: [{ keyspace: 'shop', text: Buffer.from('CREATE KEYSPACE shop'), sum: 'abcdef' }],
  skewMs: 0,
};

describe('storeNodes', () => {
  let pods: BarePods;
  let nodes: readonly FakeNode[];
  let bucket: MemoryStore;

  beforeEach(async () => {
    pods = await startBarePods(2);
    nodes = [fakeNode(pods, 'cassandra-0'), fakeNode(pods, 'cassandra-1')];
    for (const node of nodes) node.addSstable({ table: 'users', bytes: Buffer.alloc(200_000, 'x') });
    bucket = openMemoryStore();
  });
  afterEach(async () => {
    const unhit = pods.kubernetes.faults.unhit();
    await pods.stop();
    expect(unhit).to.deep.equal([]);
    const pending: string[] = [];
    for await (const { key } of bucket.listUploads('')) pending.push(key);
    expect(pending).to.deep.equal([]);
  });

  async function begin(
    changes: { store?: Store; signal?: AbortSignal; settings?: Partial<Settings>; tag?: string } = {},
  ) {
    const run = backupRun({
      store: bucket,
      pods,
      nodes: Object.fromEntries(nodes.map((node, index) => [`cassandra-${index}`, node.dataDirectories])),
      ...changes,
    });
    for (const { pod, releaseVersion } of run.survey.nodes) {
      await takeSnapshot(run.access.tools, pod, { tag: run.tag, keyspaces: ['shop'], releaseVersion }, never);
    }
    return run;
  }
  const store = (run: BackupRun) => storeNodes(run, { state, reuse: undefined, isFull: true });
  async function linesOf(key: string): Promise<readonly InventoryLine[]> {
    const lines: InventoryLine[] = [];
    for await (const value of readJsonLines(bucket, key)) lines.push(parseInventoryLine(value, key));
    return lines;
  }
  async function checkpointed(): Promise<readonly string[]> {
    const files: string[] = [];
    for await (const { key } of bucket.list(`.cain/runs/${tag}/`)) {
      files.push(...(await linesOf(key)).map(({ file }) => file));
    }
    return files;
  }

  it('stores every file of every node, and an inventory each that names them all', async () => {
    const { nodes: stored, schemaTexts } = await store(await begin());

    expect(stored.map(({ node }) => node.pod)).to.deep.equal(['cassandra-0', 'cassandra-1']);
    expect([...schemaTexts.keys()]).to.deep.equal([`shop/${tableId}`]);
    for (const { node, reusedFiles, uploadedFiles } of stored) {
      const lines = await linesOf(node.inventory.key);
      expect(lines.map(({ file }) => file)).to.deep.equal([
        'manifest.json',
        'nb-1-big-CRC.db',
        'nb-1-big-Data.db',
        'nb-1-big-Digest.crc32',
        'nb-1-big-Index.db',
        'nb-1-big-Statistics.db',
        'nb-1-big-TOC.txt',
        'schema.cql',
      ]);
      for (const { object, sizeBytes, crc32 } of lines) {
        expect(object.key).to.match(new RegExp(`^shop/abcdef/${tag}/${node.pod}/users/`));
        expect(bucket.objects.get(object.key)).to.include({ etag: object.etag, crc32 });
        expect(bucket.objects.get(object.key)?.bytes.length).to.equal(sizeBytes);
      }
      expect([node.files, reusedFiles, uploadedFiles]).to.deep.equal([8, 0, 8]);
      expect(node.bytes).to.equal(node.uploadedBytes);
    }
  });

  it('tries the direct way of a pod that was not there when the ways were chosen', async () => {
    const http = await startMemoryHttp();
    bucket = openMemoryStore({ signing: http });
    const settings = { bandwidthLimitBytes: 0, storeTimeoutMs: 5_000, s3NoSsl: true, s3Endpoint: 'x' };

    await store(await begin({ settings: { ...settings, transfer: 'auto' } }));
    const requests = http.requests.length;
    http.nextFault = () => 'denied';
    const run = await begin({ settings: { ...settings, transfer: 'direct' }, tag: '20260102000000' });
    const error = await rejection(store(run), 'CAIN_STORE');

    await http.close();
    expect(requests).to.be.greaterThan(2 * 4);
    expect(error.message).to.match(/Pod cassandra-\d can't send its bytes to the store itself: .*403/);
  });

  it('uploads only what another run, now fenced, had not stored yet', async () => {
    const earlier = await begin();
    const storedEarlier = await store(earlier);
    // As if it had died right before its commit.
    for (const { node } of storedEarlier.nodes) {
      const lines = (await linesOf(node.inventory.key)).filter(({ file }) => file.endsWith('.db'));
      const key = `.cain/runs/${tag}/${node.pod}/1.jsonl.gz`;
      await writeJsonLines(bucket, key, lines.map(inventoryRecord), { ifNoneMatch: '*' });
    }
    await bucket.put(
      runKey(tag),
      recordBytes({
        format: 1,
        tag,
        plan: 'default',
        startedAt: '',
        keyspaces: [],
        nodes: earlier.survey.nodes.map(({ pod, hostId }) => ({ pod: pod.name, hostId })),
      }),
    );
    const catalog = { backups: [], damaged: new Map() } as unknown as Catalog;

    const run = await begin({ tag: '20260102000000' });
    const stored = await storeNodes(run, { state, reuse: { catalog, fencedTags: [tag] }, isFull: false });

    for (const { reusedFiles, uploadedFiles, node } of stored.nodes) {
      expect([reusedFiles, uploadedFiles]).to.deep.equal([4, 2]);
      const own = (await linesOf(node.inventory.key)).filter(({ object }) =>
        object.key.includes('/20260102'),
      );
      expect(own.map(({ file }) => file)).to.deep.equal(['nb-1-big-Digest.crc32', 'nb-1-big-TOC.txt']);
    }
  });

  it('throws the failure that came first, not its echo in other nodes', async () => {
    const slow = { match: ({ pod }: { pod: string }) => pod === 'cassandra-0', kind: 'slow' as const };
    const run = await begin({ settings: { retries: 0 } });
    pods.kubernetes.faults.add({ ...slow, bytesPerSecond: 100, times: 1 });
    const folder = join(
      nodes[1]?.dataDirectories[0] ?? '',
      'shop',
      `users-${tableId}`,
      'snapshots',
      `cain-${tag}`,
    );
    rmSync(join(folder, 'nb-1-big-Statistics.db'));

    const error = await rejection(store(run), 'CAIN_SNAPSHOT_INCOMPLETE');

    expect(error.message).to.contain('cassandra-1').and.contain('Statistics.db');
  });

  it('leaves a checkpoint of what it had stored when it is stopped', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    const held = withFaults(bucket, [{ method: 'put', keyMatches: /TOC\.txt$/, error: 'stall', times: 2 }]);
    const run = await begin({ store: held, signal: controller.signal });
    const storing = store(run).catch((error: unknown) => error);
    await waitUntil(() => [...bucket.objects.keys()].filter((key) => key.endsWith('.db')).length === 8);

    controller.abort(reason);

    expect(await storing).to.equal(reason);
    expect((await checkpointed()).filter((file) => file.endsWith('-Data.db'))).to.have.length(2);
  });

  /** Empties the snapshot of each node. */
  function emptySnapshots(): readonly string[] {
    return nodes.map((node) => {
      const folder = join(
        node.dataDirectories[0] ?? '',
        'shop',
        `users-${tableId}`,
        'snapshots',
        `cain-${tag}`,
      );
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
      return folder;
    });
  }

  it('takes no snapshot that names no file for a backup of tables that hold some', async () => {
    const run = await begin();
    for (const folder of emptySnapshots()) writeFileSync(join(folder, 'manifest.json'), '{"files":[]}');

    await rejection(store(run), 'CAIN_EMPTY_BACKUP');
  });

  it('takes no emptied directory for the snapshot of an empty table', async () => {
    const run = await begin();
    emptySnapshots();

    await rejection(store(run), 'CAIN_SNAPSHOT_INCOMPLETE');
  });
});
