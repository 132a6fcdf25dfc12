import { randomBytes, randomUUID } from 'node:crypto';
import type { Client } from 'cassandra-driver';
import { expect } from 'chai';
import { manifestKey, ownerKey } from '../../src/store/layout.ts';
import { readObject } from '../../src/store/read-object.ts';
import { parseOwnerRecord, recordBytes } from '../../src/store/run-record.ts';
import { type Bucket, openBucket } from '../support/bucket.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';

const { signal } = new AbortController();
const isTransfer = ({ command }: { command: readonly string[] }): boolean =>
  command[2]?.includes('--files-from=-') === true;

describe('prune and list (long)', function () {
  this.timeout(300_000);
  let cluster: EmbeddedCluster;
  let client: Client;
  let bucket: Bucket;
  let rows = 0;

  before(async () => {
    await buildCain();
    cluster = await startEmbeddedCluster({ nodes: 1 });
    bucket = openBucket(cluster);
    client = await cluster.cql();
    await client.execute(
      "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    );
    await client.execute('CREATE TABLE shop.orders (id int PRIMARY KEY, v blob)');
  });
  after(async () => {
    bucket?.store.close();
    await cluster?.stop();
  });

  function env(extra: Record<string, string> = {}): Record<string, string> {
    return cluster.env({
      CAIN_TRANSFER: 'exec',
      CAIN_HOLDER: randomUUID(),
      CAIN_LOCK_DURATION: '5s',
      CAIN_KEYSPACE: 'shop',
      CAIN_PRUNE_GRACE: '1s',
      ...extra,
    });
  }
  async function cain(args: readonly string[], extra: Record<string, string> = {}): Promise<CainRun> {
    return await startCain(args, env(extra)).ended;
  }
  async function backup(): Promise<void> {
    const values = [rows++, randomBytes(1 << 18)];
    await client.execute('INSERT INTO shop.orders (id, v) VALUES (?, ?)', values, { prepare: true });
    const run = await cain([]);
    expect(run.exitCode, run.stderr).to.equal(0);
  }
  async function tags(): Promise<readonly string[]> {
    return (await bucket.catalog()).backups.map(({ tag }) => tag);
  }
  /** The cluster named in full, without a way to it. */
  function withoutKubernetes(): Record<string, string> {
    const src = `s3://${cluster.s3.bucket}/cain/${cluster.namespace}/${cluster.clusterName}`;
    const { KUBECONFIG: _, ...rest } = env({ CAIN_SRC: src, HOME: '/nonexistent' });
    return rest;
  }

  /** By the store's clock, which gives whole seconds. */
  async function untilGraceIsOver(): Promise<void> {
    const { expired } = await bucket.catalog();
    const last = Math.max(...expired.map(({ since }) => since.getTime()));
    await until(async () => (await bucket.store.now()).getTime() - last > 1000);
  }

  it('lists nothing where nothing is', async () => {
    const run = await cain(['list']);

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(run.stdout).to.match(/^No backups at s3:.*Test Cluster\/\n$/);
  });

  it('lists backups for people and for programs, with the cluster or without it', async () => {
    for (let count = 0; count < 4; count++) await backup();

    const text = await cain(['list']);
    const json = await cain(['list', '--output', 'json']);
    const bySource = await startCain(['list', '--output', 'json'], withoutKubernetes()).ended;

    const known = await tags();
    expect(known).to.have.length(4);
    for (const tag of known) expect(text.stdout).to.contain(tag);
    expect(text.stdout).to.contain('differential').and.to.contain('5.0');
    const { backups } = JSON.parse(json.stdout) as { backups: ReadonlyArray<Record<string, unknown>> };
    expect(backups.map(({ tag }) => tag)).to.deep.equal(known);
    expect(backups[0]).to.include({ plan: 'default', mode: 'full', coverage: 'whole', nodes: 1 });
    expect(bySource.exitCode, bySource.stderr).to.equal(0);
    expect(bySource.stdout).to.equal(json.stdout);
  });

  it('shows what it would do, and does nothing of it', async () => {
    const before = await bucket.keys();

    const run = await cain(['prune', '--keep-last', '3', '--dry-run']);

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(run.stdout).to.match(/\d{14} .* expire +no rule keeps it/);
    expect(await bucket.keys()).to.deep.equal(before);
  });

  it('refuses to take over half of the backups', async () => {
    const before = await bucket.keys();

    const run = await cain(['prune', '--keep-last', '1']);

    expect(run.exitCode).to.equal(3);
    expect(run.stderr).to.contain('CAIN_PRUNE_CONFIRM=3');
    expect(await bucket.keys()).to.deep.equal(before);
  });

  it('expires the oldest, deletes its objects after the grace, and leaves every other backup whole', async () => {
    const [oldest = '', ...kept] = await tags();

    const first = await cain(['prune', '--keep-last', '3']);
    expect(first.exitCode, first.stderr).to.equal(0);
    expect(first.stdout).to.contain(`Expired   ${oldest}`).and.to.contain('Retained  3 backups');
    expect(await tags()).to.deep.equal(kept);

    await untilGraceIsOver();
    const second = await cain(['prune', '--keep-last', '3']);
    expect(second.exitCode, second.stderr).to.equal(0);
    expect(second.stdout).to.match(/Deleted {3}[1-9]\d* objects/);
    for (const manifest of (await bucket.catalog()).backups) await bucket.verify(manifest);
    await expectMetrics();
  });

  async function expectMetrics(): Promise<void> {
    if (!cluster.pushgateway) return;
    const metrics = await (await fetch(`${cluster.pushgateway.url}/metrics`)).text();
    expect(metrics).to.match(/cain_prune_last_run_success\{[^}]*operation="prune"[^}]*\} 1/);
    expect(metrics).to.match(/cain_backups_retained\{[^}]*operation="prune"[^}]*\} 3/);
  }

  it('clears what a killed backup left, and the next backup succeeds', async () => {
    await client.execute('INSERT INTO shop.orders (id, v) VALUES (?, ?)', [rows++, randomBytes(1 << 20)], {
      prepare: true,
    });
    const stall = cluster.kubernetes.faults.add({ match: isTransfer, kind: 'stall', afterBytes: 700_000 });
    const run = startCain([], env({ CAIN_STALL_TIMEOUT: '60s', CAIN_FULL: 'true' }));
    await until(async () => stall.hits > 0);
    const runRecords = (await bucket.keys()).filter((key) => key.startsWith('.cain/runs/'));
    const tag = /\d{14}/.exec(runRecords.join())?.[0] ?? 'none';
    run.kill('SIGKILL');
    await run.ended;
    cluster.kubernetes.faults.clear();

    const pruned = await cain(['prune', '--keep-last', '3']);

    expect(pruned.exitCode, pruned.stderr).to.equal(0);
    const left = (await bucket.keys()).filter((key) => key.includes(tag) && !key.startsWith('.cain/'));
    expect(left).to.deep.equal([]);
    expect((await bucket.catalog()).abandoned.map((abandoned) => abandoned.tag)).to.deep.equal([tag]);
    expect(await bucket.pendingUploads()).to.deep.equal([]);
    await backup();
  });

  it("leaves another ring's backups alone, until its id says that it is the same", async () => {
    const original = await readObject(bucket.store, ownerKey, signal);
    const { id } = parseOwnerRecord(original, ownerKey);
    await bucket.store.put(ownerKey, recordBytes({ format: 1, id, hostIds: [randomUUID()] }));

    const refused = await cain(['prune', '--keep-last', '3']);
    const adopted = await cain(['prune', '--keep-last', '3'], { CAIN_ADOPT: id });

    await bucket.store.put(ownerKey, original);
    expect(refused.exitCode).to.equal(3);
    expect(refused.stderr).to.contain(`CAIN_ADOPT=${id}`);
    expect(adopted.exitCode, adopted.stderr).to.equal(0);
  });

  it('prunes a cluster that is gone, once its owner id is named, and says that it has no Lease', async () => {
    await backup();
    const { id } = parseOwnerRecord(await readObject(bucket.store, ownerKey, signal), ownerKey);

    const unproven = await startCain(['prune', '--keep-last', '3'], withoutKubernetes()).ended;
    const run = await startCain(['prune', '--keep-last', '3'], { ...withoutKubernetes(), CAIN_ADOPT: id })
      .ended;

    expect(unproven.exitCode).to.equal(3);
    expect(unproven.stderr).to.contain(`CAIN_ADOPT=${id}`);
    expect(run.exitCode, run.stderr).to.equal(0);
    expect(run.stderr).to.contain('without the Lease');
    expect(await tags()).to.have.length(3);
  });

  it('prunes nothing beside a manifest that can not be read, and backs up all the same', async () => {
    const [oldest = ''] = await tags();
    const manifest = await readObject(bucket.store, manifestKey(oldest), signal);
    await bucket.store.put(manifestKey(oldest), Buffer.from('{"format":'));
    const before = await bucket.keys();

    const listed = await cain(['list']);
    const pruned = await cain(['prune', '--keep-last', '2']);
    const afterPrune = await bucket.keys();
    const backedUp = await cain(['backup', '--keep-last', '2']);
    const afterBackup = await bucket.keys();

    await bucket.store.put(manifestKey(oldest), manifest);
    expect(listed.exitCode).to.equal(1);
    expect(listed.stdout).to.match(new RegExp(`${oldest} {2}UNREADABLE: `));
    expect(pruned.exitCode).to.equal(1);
    expect(pruned.stderr).to.contain('nothing more was deleted');
    expect(afterPrune).to.deep.equal(before);
    expect(backedUp.exitCode, backedUp.stderr).to.equal(0);
    expect(backedUp.stderr).to.contain(manifestKey(oldest)).and.to.contain('nothing more was deleted');
    expect(afterBackup).to.include.members([...before]);
    expect(await tags()).to.have.length(4);
  });
});

async function until(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await isDone())) {
    if (performance.now() > deadline) throw new Error('It did not come to pass within a minute');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
