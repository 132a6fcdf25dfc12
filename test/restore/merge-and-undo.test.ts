/** Merge in place of replace, the way back of both, and a backup of what is there before: on two real nodes. */
import { randomUUID } from 'node:crypto';
import { type Client, types } from 'cassandra-driver';
import { expect } from 'chai';
import { expectRowsOnEachNode } from '../support/alone.ts';
import { type Bucket, openBucket } from '../support/bucket.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { checksumKeyspace, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';

const schema = [
  "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2}",
  'CREATE TABLE shop.users (id int PRIMARY KEY, name text, city text)',
  `CREATE MATERIALIZED VIEW shop.users_by_city AS SELECT * FROM shop.users
    WHERE city IS NOT NULL AND id IS NOT NULL PRIMARY KEY (city, id) WITH comment = 'mine'`,
  'CREATE TABLE shop.hits (page text PRIMARY KEY, n counter)',
  'CREATE TABLE shop.log (id int PRIMARY KEY, line text) WITH gc_grace_seconds = 1',
];

describe('merge and undo', function () {
  this.timeout(600_000);
  let cluster: EmbeddedCluster;
  let client: Client;
  let bucket: Bucket;
  let tag: string;
  let saved: KeyspaceChecksum;

  before(async () => {
    await buildCain();
    cluster = await startEmbeddedCluster({ nodes: 2 });
    bucket = openBucket(cluster);
    client = await cluster.cql({ consistency: types.consistencies.all });
    for (const statement of schema) await client.execute(statement);
    for (let id = 0; id < 40; id++) {
      await writeUser(id, 'first');
      await client.execute('UPDATE shop.hits SET n = n + 1 WHERE page = ?', [`page ${id % 5}`]);
      await execute('INSERT INTO shop.log (id, line) VALUES (?, ?)', [id, `line ${id}`]);
    }
    saved = await rows();
    const run = await startCain([], env({ CAIN_KEYSPACE: 'shop' })).ended;
    expect(run.exitCode, run.stderr).to.equal(0);
    tag = (await bucket.catalog()).backups.at(-1)?.tag ?? '';
  });
  after(async () => {
    bucket?.store.close();
    await cluster?.stop();
  });

  async function execute(query: string, values: readonly unknown[] = []): Promise<void> {
    await client.execute(query, [...values], { prepare: true });
  }
  async function writeUser(id: number, name: string): Promise<void> {
    await execute('INSERT INTO shop.users (id, name, city) VALUES (?, ?, ?)', [
      id,
      `${name} ${id}`,
      `city ${id % 7}`,
    ]);
  }
  /** What is newer than the backup: rows that changed, one that went, and new ones. */
  async function writeNewer(): Promise<void> {
    for (let id = 0; id < 5; id++) await writeUser(id, 'newer');
    await execute('DELETE FROM shop.users WHERE id = 6');
    for (let id = 40; id < 50; id++) await writeUser(id, 'newer');
  }
  function env(extra: Record<string, string> = {}): Record<string, string> {
    return cluster.env({ CAIN_HOLDER: randomUUID(), CAIN_LOCK_DURATION: '5s', ...extra });
  }
  async function restore(extra: Record<string, string>): Promise<CainRun> {
    return await startCain(['restore'], env({ CAIN_TAG: tag, ...extra })).ended;
  }
  async function undo(id: string): Promise<CainRun> {
    return await restore({
      CAIN_UNDO: 'true',
      CAIN_RESTORE_ID: id,
      CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/undo-${id}`,
    });
  }
  const confirmed = (extra: Record<string, string>) => ({
    CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${tag}`,
    ...extra,
  });
  const merging = (extra: Record<string, string> = {}) =>
    confirmed({ CAIN_RESTORE_MODE: 'merge', CAIN_TABLE: 'shop.users', ...extra });
  async function rows(): Promise<KeyspaceChecksum> {
    return await checksumKeyspace(client, 'shop');
  }
  function expectOk({ exitCode, stderr }: CainRun): void {
    expect(exitCode, stderr).to.equal(0);
  }

  it('brings lost rows back beside newer ones, which win; the view is built anew, and undo goes back', async () => {
    await writeNewer();
    const whole = await rows();
    await client.execute('TRUNCATE shop.users');
    await writeNewer();
    const lossy = await rows();

    const unconfirmed = await restore({ CAIN_RESTORE_MODE: 'merge', CAIN_TABLE: 'shop.users' });
    const merge = await restore(merging({ CAIN_RESTORE_ID: 'merge-1' }));

    expect(unconfirmed.stderr).to.contain('CAIN_RESTORE_UNCONFIRMED').and.contain('merged with the backup');
    expectOk(merge);
    expect(merge.stdout).to.contain('shop.users_by_city (view): is dropped, and built anew');
    expect(await rows()).to.deep.equal(whole);
    await expectRowsOnEachNode(cluster, 'shop', whole);

    expectOk(await undo('merge-1'));

    expect(await rows()).to.deep.equal(lossy);
  });

  it('goes on with a merge that was killed while its views were gone', async () => {
    const settings = merging({ CAIN_RESTORE_ID: 'merge-2' });
    const killed = startCain(['restore'], env({ CAIN_TAG: tag, ...settings }));
    await killed.untilOutput(/Dropped views/);
    killed.kill('SIGKILL');
    await killed.ended;

    expectOk(await restore(settings));

    const { rows: users } = await client.execute('SELECT id, name FROM shop.users');
    const { rows: byCity } = await client.execute('SELECT id, name FROM shop.users_by_city');
    const sorted = (all: types.Row[]) => all.map(({ id, name }) => `${id} ${name}`).toSorted();
    expect(users).to.have.length(49);
    expect(sorted(byCity)).to.deep.equal(sorted(users));
    const { rows: options } = await client.execute(
      "SELECT comment FROM system_schema.views WHERE keyspace_name = 'shop'",
    );
    expect(options.map(({ comment }) => comment)).to.deep.equal(['mine']);
  });

  it('refuses to merge counters, and rows whose tombstones may be gone unless the backup is named', async () => {
    const counters = await restore(merging({ CAIN_TABLE: 'shop.hits' }));
    const stale = await restore(merging({ CAIN_TABLE: 'shop.log' }));

    expect([counters, stale].map(({ exitCode }) => exitCode)).to.deep.equal([3, 3]);
    expect(counters.stderr).to.contain('CAIN_RESTORE_SCHEMA').and.contain('shop.hits');
    expect(stale.stderr).to.contain('CAIN_RESTORE_STALE').and.contain('shop.log (1 s)');
    expectOk(await restore(merging({ CAIN_TABLE: 'shop.log', CAIN_RESTORE_STALE: tag })));
    expect((await rows()).log).to.deep.equal(saved.log);
  });

  it('goes back from a restore that was killed in the middle, and the undo itself may be killed', async () => {
    await execute('INSERT INTO shop.log (id, line) VALUES (1000, ?)', ['newer']);
    const before = await rows();
    const settings = confirmed({ CAIN_RESTORE_ID: 'replace-1', CAIN_TABLE: 'shop.users,shop.log' });
    const killed = startCain(['restore'], env({ CAIN_TAG: tag, ...settings }));
    await killed.untilOutput(/Restored table.*log/);
    killed.kill('SIGKILL');
    await killed.ended;
    const undoing = startCain(
      ['restore', '--undo'],
      env({ CAIN_RESTORE_ID: 'replace-1', CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/undo-replace-1` }),
    );
    await undoing.untilOutput(/Truncated table.*log/);
    undoing.kill('SIGKILL');
    await undoing.ended;
    const inBetween = await restore(confirmed({ CAIN_TABLE: 'shop.log' }));

    const undone = await undo('replace-1');

    expect(inBetween.stderr).to.contain('CAIN_RESTORE_JOURNAL').and.contain('undo of restore replace-1');
    expectOk(undone);
    expect(undone.stdout).to.contain('goes on with an undo');
    expect(await rows()).to.deep.equal(before);
    await expectRowsOnEachNode(cluster, 'shop', before);
    expect((await undo('replace-1')).stderr).to.contain('was undone already');
  });

  it('backs up what is there before it goes, and that is a way back, too', async () => {
    const before = await rows();

    const run = await restore(
      confirmed({ CAIN_BACKUP_FIRST: 'true', CAIN_TAG: 'latest', CAIN_KEYSPACE: 'shop' }),
    );

    expectOk(run);
    expect(await rows()).to.deep.equal(saved);
    const { backups } = await bucket.catalog();
    expect(backups.map(({ plan }) => plan)).to.deep.equal(['default', 'before-restore']);
    const first = backups.at(-1)?.tag ?? '';
    const back = { CAIN_TAG: first, CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${first}` };
    expectOk(await restore(back));
    expect(await rows()).to.deep.equal(before);
  });

  it('leaves nothing after a clean-up', async () => {
    expectOk(await restore({ CAIN_RESTORE_CLEAN: 'true' }));

    for (const { nodetool } of cluster.nodes) {
      const { stdout } = await nodetool('listsnapshots');
      expect(stdout).not.to.match(/cain-undo|truncated-\d+-log|dropped-\d+-users_by_city/);
    }
  });
});
