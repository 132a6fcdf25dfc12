import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { readDisks } from '../../../src/cassandra/disks.ts';
import { createPodTools, type PodTools } from '../../../src/cassandra/pod-tools.ts';
import { clearSnapshots, takeSnapshot } from '../../../src/cassandra/snapshot.ts';
import { listSnapshot } from '../../../src/cassandra/snapshot-listing.ts';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { waitUntil } from '../../support/embedded/wait-until.ts';
import { rejection } from '../../support/error-code.ts';
import { type FakeNode, fakeNode, tableId } from '../../support/fake-nodetool.ts';
import { recordLog } from '../../support/recording-log.ts';

const never = new AbortController().signal;
const pod = { namespace: 'cassandra', name: 'cassandra-0', container: 'cassandra', uid: 'u', isReady: true };
const tag = '20260101000000';
const snapshot = { tag, keyspaces: ['shop'], releaseVersion: '5.0.9' };

describe('Snapshots', () => {
  let pods: BarePods;
  let node: FakeNode;
  let tools: PodTools;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = fakeNode(pods, 'cassandra-0', 2);
    const { exec } = connectKubernetes({ kubeconfig: pods.kubeconfigFile });
    const logins = { cql: {}, jmx: {} };
    tools = createPodTools({ exec, logins, limitMs: 20_000, stallMs: 5_000, retries: 1, log: recordLog() });
    node.addSstable({ table: 'users' });
  });
  afterEach(async () => {
    const unhit = pods.kubernetes.faults.unhit();
    await pods.stop();
    expect(unhit).to.deep.equal([]);
  });

  const take = (changes: Partial<typeof snapshot> = {}, signal = never) =>
    takeSnapshot(tools, pod, { ...snapshot, ...changes }, signal);
  const clear = (tags = [tag]) =>
    clearSnapshots(tools, pod, { tags, dataDirectories: node.dataDirectories }, never);

  it('are taken with a time to live, where the version knows one', async () => {
    await take();
    await take({ tag: '20260101000001', releaseVersion: '4.0.19' });

    expect(node.calls()).to.deep.equal([
      `snapshot -t cain-${tag} --ttl 48h -- shop`,
      'snapshot -t cain-20260101000001 -- shop',
    ]);
    expect(node.hasSnapshot(`cain-${tag}`)).to.equal(true);
  });

  it('are not taken again when the answer was lost: the second time the tag exists', async () => {
    pods.kubernetes.faults.add({ match: () => true, kind: 'close-without-status', afterBytes: Infinity });

    await rejection(take(), 'CAIN_EXEC_CUT');

    expect(node.calls()).to.have.length(1);
  });

  it('fail with the words of nodetool', async () => {
    await take();

    const error = await rejection(take(), 'CAIN_EXEC_FAILED');

    expect(error.message).to.contain(`Snapshot cain-${tag} already exists`);
  });

  it('are cleared by their exact names, and those that were never taken count as cleared', async () => {
    await take();
    await take({ tag: '20260101000001' });

    await clear([tag, '20251231000000']);

    expect(node.hasSnapshot(`cain-${tag}`)).to.equal(false);
    expect(node.hasSnapshot('cain-20260101000001')).to.equal(true);
  });

  it('are not taken for cleared while they are still there', async () => {
    await take();
    writeFileSync(join(pods.dir, 'cassandra-0', 'home', 'sticky'), '');

    const error = await rejection(clear(), 'CAIN_EXEC_FAILED');

    expect(error.message).to.contain(`snapshots/cain-${tag}`);
    expect(error.retryable).to.equal(true);
  });

  it('that are still being taken when the run stops are waited for, then cleared', async () => {
    node.delay('snapshot', 0.8);
    const controller = new AbortController();
    const taking = take({}, controller.signal).catch((error: unknown) => error);
    await waitUntil(() => node.calls().length > 0);

    controller.abort(new Error('stop'));
    await taking;
    await clear();

    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(node.hasSnapshot(`cain-${tag}`)).to.equal(false);
  });

  it('of a script that has only begun when the run stops are cleared, too', async () => {
    const controller = new AbortController();
    const callsBefore = pods.kubernetes.exec.calls.length;
    const taking = take({}, controller.signal).catch((error: unknown) => error);
    await waitUntil(() => pods.kubernetes.exec.calls.length > callsBefore);

    controller.abort(new Error('stop'));
    await taking;
    await clear();

    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(node.hasSnapshot(`cain-${tag}`)).to.equal(false);
  });

  it('are listed over all data directories, with digests, manifest and schema', async () => {
    const bytes = Buffer.alloc(1479, 'x');
    node.addSstable({ table: 'users', id: 2, directory: 1, bytes });
    mkdirSync(join(node.dataDirectories[0] ?? '', 'shop', `empty-${tableId}`), { recursive: true });
    await take();

    const { tables, hasLiveData } = await listSnapshot(
      tools,
      pod,
      { tag, dataDirectories: node.dataDirectories },
      never,
    );

    expect(hasLiveData).to.equal(true);
    expect(tables.map(({ table }) => table).toSorted()).to.deep.equal(['empty', 'users']);
    const users = tables.find(({ table }) => table === 'users');
    const data = users?.files.filter(({ file }) => file.endsWith('-Data.db'));
    expect(data?.map(({ file, dataDirectory }) => [file, dataDirectory])).to.deep.equal([
      ['nb-1-big-Data.db', node.dataDirectories[0]],
      ['nb-2-big-Data.db', node.dataDirectories[1]],
    ]);
    expect(data?.at(1)).to.include({ digest: crc32(bytes), sizeBytes: 1479, tableId, keyspace: 'shop' });
    expect(users?.manifestFiles?.toSorted()).to.deep.equal(['nb-1-big-Data.db', 'nb-2-big-Data.db']);
  });

  it('are listed whatever the number and the names of their files', async () => {
    await take();
    const [first = ''] = node.dataDirectories;
    const folder = join(first, 'shop', `users-${tableId}`, 'snapshots', `cain-${tag}`);
    // More bytes than a command line may have.
    for (let file = 0; file < 12_000; file++)
      writeFileSync(join(folder, `nb-${file + 10}-big-${'x'.repeat(200)}.db`), '');
    for (const name of ['-rf', "it's $HOME", '--help']) writeFileSync(join(folder, name), 'x');

    const { tables } = await listSnapshot(tools, pod, { tag, dataDirectories: [first] }, never);

    const users = tables.find(({ table }) => table === 'users');
    const names = new Set(users?.files.map(({ file }) => file));
    expect(names.size).to.be.greaterThan(12_003);
    for (const name of ['-rf', "it's $HOME", '--help']) expect(names.has(name), name).to.equal(true);
    expect(users?.files.filter(({ digest }) => digest !== undefined)).not.to.deep.equal([]);
  }).timeout(60_000);

  it('of earlier runs are seen with the free space of each volume, and no others', async () => {
    await take();
    const [first = ''] = node.dataDirectories;
    const folder = join(first, 'shop', `users-${tableId}`, 'snapshots');
    for (const name of ['truncated-1-users', 'cain-undo-1', 'cain-2026', 'mine'])
      mkdirSync(join(folder, name));

    const { volumes, snapshotTags } = await readDisks(tools, pod, node.dataDirectories, never);

    expect(snapshotTags).to.deep.equal([tag]);
    expect(volumes.map(({ directory }) => directory)).to.deep.equal(node.dataDirectories);
    expect(volumes[0]?.totalBytes).to.be.greaterThan(volumes[0]?.freeBytes ?? 0);
  });

  it('are not looked for in a data directory that is missing', async () => {
    const [first = '', second = ''] = node.dataDirectories;
    rmSync(second, { recursive: true });

    const error = await rejection(readDisks(tools, pod, [first, second], never), 'CAIN_PREFLIGHT');

    expect(error.message).to.contain(second);
  });
});
