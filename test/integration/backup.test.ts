import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import { expect } from 'chai';
import { leaseName } from '../../src/kubernetes/lease.ts';
import { type Bucket, openBucket } from '../support/bucket.ts';
import type { EmbeddedNode } from '../support/embedded/cassandra-node.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';

const isTransfer = ({ command }: { command: readonly string[] }): boolean =>
  command[2]?.includes('--files-from=-') === true;

describe('backup', function () {
  this.timeout(300_000);
  let cluster: EmbeddedCluster;
  let client: Client;
  let bucket: Bucket;

  before(async () => {
    await buildCain();
    cluster = await startEmbeddedCluster({ nodes: 2 });
    bucket = openBucket(cluster);
    client = await cluster.cql();
    await client.execute(
      "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}",
    );
    await client.execute('CREATE TYPE shop.place (street text, city text)');
    await client.execute(
      'CREATE TABLE shop.users (id int PRIMARY KEY, name text, home frozen<place>, tags set<text>)',
    );
    await client.execute('CREATE INDEX users_name ON shop.users (name)');
    await client.execute('CREATE TABLE shop."Mixed" (id int PRIMARY KEY, v text)');
    await client.execute(
      "CREATE TABLE shop.blobs (id int PRIMARY KEY, v blob) WITH compression = {'enabled': 'false'}",
    );
    await client.execute(
      "CREATE KEYSPACE scratch WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}",
    );
    await client.execute('CREATE TABLE scratch.t (id int PRIMARY KEY)');
    await insertUsers(0, 300);
    await insertBlobs(0, 12);
  });
  after(async () => {
    bucket?.store.close();
    await cluster?.stop();
  });
  afterEach(() => {
    expect(cluster.kubernetes.faults.unhit(), 'every injected fault was hit').to.deep.equal([]);
    cluster.kubernetes.faults.clear();
  });

  async function insertUsers(from: number, to: number): Promise<void> {
    for (let id = from; id < to; id++) {
      const values = [id, `name ${id}`, { street: 'Main', city: `city ${id}` }, ['a', String(id)]];
      await client.execute('INSERT INTO shop.users (id, name, home, tags) VALUES (?, ?, ?, ?)', values, {
        prepare: true,
      });
    }
  }
  /** A MiB each, so that a transfer takes a while. */
  async function insertBlobs(from: number, to: number): Promise<void> {
    for (let id = from; id < to; id++) {
      await client.execute('INSERT INTO shop.blobs (id, v) VALUES (?, ?)', [id, Buffer.alloc(1 << 20, id)], {
        prepare: true,
      });
    }
  }
  function env(extra: Record<string, string> = {}): Record<string, string> {
    // Each run is a Job of its own; a short Lease lets the next one take over soon after a kill.
    return cluster.env({
      CAIN_HOLDER: randomUUID(),
      CAIN_LOCK_DURATION: '5s',
      CAIN_KEYSPACE: 'shop',
      // What is cut, stalled and counted here is the stream of tar.
      CAIN_TRANSFER: 'exec',
      ...extra,
    });
  }
  async function backup(extra: Record<string, string> = {}): Promise<CainRun> {
    return await startCain([], env(extra)).ended;
  }
  async function newestBackup() {
    const { backups } = await bucket.catalog();
    const newest = backups.at(-1);
    if (!newest) throw new Error('there is no backup');
    return newest;
  }

  it('stores a full backup in the layout that docs/format.md describes', async () => {
    const run = await backup();

    expect(run.exitCode, run.stderr).to.equal(0);
    const stray = run.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    expect(stray, 'lines on stderr that are no JSON').to.deep.equal([]);
    const { tag, keyspaces, nodes, mode, coverage } = await newestBackup();
    expect([mode, coverage]).to.deep.equal(['full', 'whole']);
    expect(keyspaces.map(({ name }) => name)).to.deep.equal(['shop']);
    expect(nodes.map(({ pod }) => pod)).to.deep.equal(['cassandra-0', 'cassandra-1']);
    const sum = keyspaces[0]?.sum;
    const allowed = [
      new RegExp(`^shop/${sum}/schema\\.cql$`),
      new RegExp(
        `^shop/${sum}/${tag}/cassandra-[01]/(users|Mixed|blobs)/(manifest\\.json|schema\\.cql|nb-\\d+-big-[A-Za-z]+\\.(db|crc32|txt))$`,
      ),
      /^\.cain\/owner\.json$/,
      /^\.cain\/probe\/\w+$/,
      new RegExp(
        `^\\.cain/backups/${tag}/(manifest\\.json|topology\\.json\\.gz|schema\\.jsonl\\.gz|roles\\.jsonl\\.gz|nodes/cassandra-[01]\\.jsonl\\.gz)$`,
      ),
    ];
    const strange = (await bucket.keys()).filter((key) => !allowed.some((pattern) => pattern.test(key)));
    expect(strange).to.deep.equal([]);
    expect(await bucket.verify(await newestBackup())).to.be.greaterThan(30);
    expectNothingLeft();
  });

  it('prints the sum that a person computes by hand, and stores those bytes', async () => {
    const node = cluster.nodes[0] as EmbeddedNode;
    const byHand = execFileSync('cqlsh', ['-e', 'DESC shop;'], { env: { ...node.container.env } });
    const run = await startCain(['schema', '--sum'], env()).ended;

    const sum = createHash('sha256').update(byHand).digest('hex').slice(0, 6);

    expect(run.stdout.trim()).to.equal(sum);
    expect((await bucket.keys()).includes(`shop/${sum}/schema.cql`)).to.equal(true);
  });

  it('uploads nothing when nothing was written, and reads no data', async () => {
    const callsBefore = cluster.kubernetes.exec.calls.length;
    const run = await backup();

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(run.lastCommit).to.include({ uploadedBytes: 0 });
    const calls = cluster.kubernetes.exec.calls.slice(callsBefore);
    expect(calls.filter(isTransfer), 'no transfer stream').to.have.length(0);
    expect(calls.length, 'few exec calls').to.be.at.most(2 * 5 + 8);
    const newest = await newestBackup();
    expect(newest.mode).to.equal('differential');
    await bucket.verify(newest);
  });

  it('uploads only what changed', async () => {
    await insertUsers(300, 310);
    const run = await backup();

    expect(run.exitCode, run.stderr).to.equal(0);
    const newest = await newestBackup();
    const own = (await bucket.inventory(newest)).filter(({ object }) =>
      object.key.includes(`/${newest.tag}/`),
    );
    expect(new Set(own.map(({ table }) => table))).to.deep.equal(new Set(['users']));
    await bucket.verify(newest);
  });

  it('takes no harm from the row that a node left among the peers which is gone', async () => {
    const node = cluster.nodes[0] as EmbeddedNode;
    const onNode = (statement: string): string =>
      execFileSync('cqlsh', ['-e', statement], { env: { ...node.container.env }, encoding: 'utf8' });
    onNode(
      "INSERT INTO system.peers_v2 (peer, peer_port, preferred_ip) VALUES ('10.9.9.9', 7000, '10.9.9.9');",
    );
    try {
      expect(onNode('SELECT JSON peer, host_id FROM system.peers_v2;')).to.contain(
        '{"peer": "10.9.9.9", "host_id": null}',
      );
      const run = await backup();

      expect(run.exitCode, run.stderr).to.equal(0);
      expect((await newestBackup()).coverage).to.equal('whole');
    } finally {
      onNode("DELETE FROM system.peers_v2 WHERE peer = '10.9.9.9';");
    }
  });

  it('takes all user keyspaces by default, and none by a pattern that fits nothing', async () => {
    const all = await startCain([], { ...env(), CAIN_KEYSPACE: '' }).ended;
    const none = await backup({ CAIN_KEYSPACE: 'shp*' });

    expect(all.exitCode, all.stderr).to.equal(0);
    expect((await newestBackup()).keyspaces.map(({ name }) => name)).to.deep.equal(['scratch', 'shop']);
    expect(none.exitCode).to.equal(3);
    expect(none.stderr).to.contain('shp*');
  });

  it('survives ten cuts of its exec stream at random bytes, with never a short object (long)', async () => {
    const faults = Array.from({ length: 10 }, () =>
      cluster.kubernetes.faults.add({
        match: isTransfer,
        kind: 'cut',
        afterBytes: Math.floor(Math.random() * 3_000_000),
      }),
    );

    const run = await backup({ CAIN_FULL: 'true', CAIN_RETRIES: '20' });

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(faults.map(({ hits }) => hits)).to.deep.equal(faults.map(() => 1));
    await bucket.verify(await newestBackup());
    expect(await bucket.pendingUploads()).to.deep.equal([]);
  });

  it('notices streams that lose their tail, end without a status, stall or freeze, and takes them up again', async () => {
    const kinds = ['truncate-with-success', 'close-without-status', 'stall', 'freeze'] as const;
    const faults = kinds.map((kind) =>
      cluster.kubernetes.faults.add({ match: isTransfer, kind, afterBytes: 1_234_567 }),
    );

    const run = await backup({ CAIN_FULL: 'true', CAIN_STALL_TIMEOUT: '2s' });

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(faults.map(({ hits }) => hits)).to.deep.equal([1, 1, 1, 1]);
    await bucket.verify(await newestBackup());
  });

  // One cut: it ends the run, maybe before the other node's stream has begun.
  it('fails with its reason when a stream is cut and no retry is left, and commits nothing', async () => {
    const backupsBefore = (await bucket.catalog()).backups.length;
    cluster.kubernetes.faults.add({ match: isTransfer, kind: 'cut', afterBytes: 100 });

    const run = await backup({ CAIN_FULL: 'true', CAIN_RETRIES: '0' });

    expect(run.exitCode).to.equal(1);
    expect(run.stderr).to.contain('CAIN_EXEC_CUT');
    expect((await bucket.catalog()).backups).to.have.length(backupsBefore);
    expectNothingLeft();
  });

  it('tolerates noise of a JVM on stderr', async () => {
    cluster.kubernetes.faults.add({
      match: () => true,
      kind: 'stderr-noise',
      text: 'Picked up JAVA_TOOL_OPTIONS: -Xfoo\n',
      times: 6,
    });

    const run = await backup();

    expect(run.exitCode, run.stderr).to.equal(0);
  });

  it('clears up on SIGTERM and ends with 143', async () => {
    cluster.kubernetes.faults.add({ match: isTransfer, kind: 'slow', bytesPerSecond: 6_000_000, times: 2 });
    const run = startCain([], env({ CAIN_FULL: 'true', CAIN_LOG_LEVEL: 'debug' }));
    await run.untilOutput(/Stored file/);

    run.kill('SIGTERM');
    const { exitCode } = await run.ended;

    expect(exitCode).to.equal(143);
    expectNothingLeft();
    expect(await bucket.pendingUploads()).to.deep.equal([]);
    expect(cluster.kubernetes.leases.get(cluster.namespace, leaseName(cluster.clusterName)))
      .to.have.nested.property('spec.holderIdentity')
      .that.is.oneOf(['', undefined]);
  });

  it('repairs after kill -9 in the middle of a transfer, and uploads only what was missing (long)', async () => {
    await insertBlobs(100, 112);
    const before = await newestBackup();
    cluster.kubernetes.faults.add({ match: isTransfer, kind: 'slow', bytesPerSecond: 6_000_000, times: 2 });
    const killed = startCain([], env({ CAIN_FULL: 'true', CAIN_LOG_LEVEL: 'debug', CAIN_PARALLEL: '1' }));
    await killed.untilOutput(/Stored file.*users/);
    killed.kill('SIGKILL');
    await killed.ended;

    const next = await backup({ CAIN_PLAN: 'other' });

    expect(next.exitCode, next.stderr).to.equal(0);
    const catalog = await bucket.catalog();
    const abandoned = catalog.abandoned.at(-1)?.tag;
    const newest = await newestBackup();
    const adopted = (await bucket.inventory(newest)).filter(({ object }) =>
      object.key.includes(`/${abandoned}/`),
    );
    expect(adopted.length, 'files of the killed run were adopted').to.be.greaterThan(0);
    expect(await bucket.pendingUploads()).to.deep.equal([]);
    const debris = (await bucket.keys()).filter(
      (key) =>
        key.includes(`/${abandoned}/`) && !key.startsWith('.cain/') && !key.endsWith('differential.json'),
    );
    expect(debris).to.have.members(adopted.map(({ object }) => object.key));
    await bucket.verify(newest);
    await bucket.verify(before);
    expectNothingLeft();
  });

  it('names node, keyspace, table and file of a damaged Data.db', async () => {
    const node = cluster.nodes[1] as EmbeddedNode;
    const damaged = await damageDataFile(node, 'users');

    const run = await backup({ CAIN_FULL: 'true' });

    expect(run.exitCode, run.stderr).to.equal(5);
    expect(run.stderr).to.contain('CAIN_DIGEST_MISMATCH');
    for (const name of ['cassandra-1', 'shop', 'users', damaged.file]) expect(run.stderr).to.contain(name);
    expectNothingLeft();
    damaged.mend();
  });

  it('waits for the Lease of another run and gives up with 4', async () => {
    const name = leaseName(cluster.clusterName);
    cluster.kubernetes.leases.remove(cluster.namespace, name);
    cluster.kubernetes.leases.create(cluster.namespace, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: cluster.namespace },
      spec: { holderIdentity: 'another', leaseDurationSeconds: 600 },
    });

    const run = await backup({ CAIN_LOCK_WAIT: '2s' });

    expect(run.exitCode, run.stderr).to.equal(4);
    expect(run.stderr).to.contain('another');
    cluster.kubernetes.leases.remove(cluster.namespace, name);
  });

  it('commits nothing when a node that owns ranges is not ready, unless a setting allows it', async () => {
    const pod = cluster.kubernetes.pods[1];
    if (pod) pod.isHealthy = false;

    const refused = await backup();
    const allowed = await backup({ CAIN_COVERAGE: 'single' });
    if (pod) pod.isHealthy = true;

    expect(refused.exitCode, refused.stderr).to.equal(1);
    expect(refused.stderr).to.contain('CAIN_COVERAGE').and.to.contain('cassandra-1');
    expect(allowed.exitCode, allowed.stderr).to.equal(0);
    expect((await newestBackup()).coverage).to.equal('single');
  });

  it('uploads anew what verification found damaged, what is gone and what was altered in the bucket', async () => {
    expect((await backup({ CAIN_FULL: 'true' })).exitCode).to.equal(0);
    const lines = (await bucket.inventory(await newestBackup())).filter(({ file }) =>
      file.endsWith('-Data.db'),
    );
    const [gone, altered] = lines.map(({ object }) => object.key);
    if (!gone || !altered) throw new Error('there are no two Data.db');
    await bucket.store.delete([gone]);
    await bucket.store.put(altered, Buffer.from('other bytes'));

    const run = await backup();

    expect(run.exitCode, run.stderr).to.equal(0);
    const newest = await newestBackup();
    const keys = (await bucket.inventory(newest)).map(({ object }) => object.key);
    expect(keys).to.not.include.members([gone]).and.to.not.include.members([altered]);
    await bucket.verify(newest);
  });

  /** No snapshot of ours on any node, and no login folder. */
  function expectNothingLeft(): void {
    for (const node of cluster.nodes) {
      const left = node.dataDirectories.flatMap((directory) =>
        readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
          /\/snapshots\/cain-/.test(path),
        ),
      );
      expect(left, `snapshots on ${node.pod}`).to.deep.equal([]);
    }
    expect(
      existsSync('/dev/shm') ? readdirSync('/dev/shm').filter((name) => name.startsWith('cain-logins-')) : [],
    ).to.deep.equal([]);
  }
});

/** Changes one byte in a copy that takes the file's place: writing into it would change the snapshots of others too. */
async function damageDataFile(node: EmbeddedNode, table: string): Promise<{ file: string; mend(): void }> {
  await node.nodetool('flush');
  const [directory = ''] = node.dataDirectories;
  const tableDirectory =
    readdirSync(join(directory, 'shop')).find((name) => name.startsWith(`${table}-`)) ?? '';
  const folder = join(directory, 'shop', tableDirectory);
  const file = readdirSync(folder).find((name) => name.endsWith('-Data.db')) ?? '';
  const path = join(folder, file);
  const sound = `${path}.sound`;
  copyFileSync(path, sound);
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  const at = Math.floor(statSync(copy).size / 2);
  const handle = openSync(copy, 'r+');
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, at);
  writeSync(handle, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  closeSync(handle);
  renameSync(copy, path);
  return { file, mend: () => renameSync(sound, path) };
}
