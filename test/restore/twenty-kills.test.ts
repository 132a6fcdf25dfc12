/** kill -9 at twenty moments of a restore, from its first call in a pod to its last; a second run ends it each time. */
import { randomUUID } from 'node:crypto';
import { type Client, types } from 'cassandra-driver';
import { expect } from 'chai';
import { type Bucket, openBucket } from '../support/bucket.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { checksumKeyspace, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';

const schema = [
  "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 1}",
  'CREATE TABLE shop.users (id int PRIMARY KEY, name text)',
  `CREATE MATERIALIZED VIEW shop.users_by_name AS SELECT * FROM shop.users
    WHERE name IS NOT NULL AND id IS NOT NULL PRIMARY KEY (name, id)`,
  'CREATE TABLE shop.hits (page text PRIMARY KEY, n counter)',
];
const moments = 20;
const call = /"Ran a script"/;

describe('a restore that is killed', function () {
  this.timeout(300_000);
  let cluster: EmbeddedCluster;
  let client: Client;
  let bucket: Bucket;
  let tag: string;
  let saved: KeyspaceChecksum;
  /** Calls in pods of a restore that nobody disturbs. */
  let calls: number;

  before(async () => {
    await buildCain();
    cluster = await startEmbeddedCluster({ nodes: 1 });
    bucket = openBucket(cluster);
    client = await cluster.cql({ consistency: types.consistencies.all });
    for (const statement of schema) await client.execute(statement);
    for (let id = 0; id < 40; id++) {
      await client.execute('INSERT INTO shop.users (id, name) VALUES (?, ?)', [id, `name ${id}`], {
        prepare: true,
      });
      await client.execute('UPDATE shop.hits SET n = n + 1 WHERE page = ?', [`page ${id % 5}`]);
    }
    saved = await checksumKeyspace(client, 'shop');
    const run = await startCain([], env({ CAIN_KEYSPACE: 'shop' })).ended;
    expect(run.exitCode, run.stderr).to.equal(0);
    tag = (await bucket.catalog()).backups.at(-1)?.tag ?? '';
    await disturb(0);
    const { exitCode, stderr } = await startCain(['restore'], settings('undisturbed')).ended;
    expect(exitCode, stderr).to.equal(0);
    calls = stderr.split('\n').filter((line) => call.test(line)).length;
    await expectRestored();
  });
  after(async () => {
    bucket?.store.close();
    await cluster?.stop();
  });

  function env(extra: Record<string, string> = {}): Record<string, string> {
    return cluster.env({ CAIN_HOLDER: randomUUID(), CAIN_LOCK_DURATION: '5s', ...extra });
  }
  function settings(id: string): Record<string, string> {
    return env({
      CAIN_TAG: tag,
      CAIN_RESTORE_ID: id,
      CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${tag}`,
      CAIN_RESTORE_UNDO: 'clear',
      CAIN_LOG_LEVEL: 'debug',
    });
  }
  /** What a restore must take away: new rows, changed ones, and one that is gone. */
  async function disturb(moment: number): Promise<void> {
    const values = [1000 + moment, `newer ${moment}`];
    await client.execute('INSERT INTO shop.users (id, name) VALUES (?, ?)', values, { prepare: true });
    await client.execute('DELETE FROM shop.users WHERE id = ?', [moment], { prepare: true });
    await client.execute("UPDATE shop.hits SET n = n + 1 WHERE page = 'page 1'");
  }
  async function expectRestored(): Promise<void> {
    expect(await checksumKeyspace(client, 'shop')).to.deep.equal(saved);
    const { stdout } = await (cluster.nodes[0]?.nodetool('statusautocompaction', 'shop') ?? { stdout: '' });
    expect(stdout)
      .to.match(/^running$/m)
      .and.not.to.match(/not running/);
  }
  async function killedAt(id: string, wanted: number): Promise<CainRun> {
    let seen = 0;
    const run = startCain(['restore'], settings(id), (line) => {
      if (call.test(line) && ++seen === wanted) run.kill('SIGKILL');
    });
    return await run.ended;
  }

  for (let moment = 1; moment <= moments; moment++) {
    it(`at moment ${moment} of ${moments} is ended by a second run`, async () => {
      const id = `killed-${moment}`;
      await disturb(moment);
      const first = await killedAt(id, Math.ceil((calls * moment) / (moments + 1)));
      const { exitCode, stderr } = await startCain(['restore'], settings(id)).ended;

      expect(first.signal, first.stderr).to.equal('SIGKILL');
      expect(exitCode, stderr).to.equal(0);
      await expectRestored();
    });
  }
});
