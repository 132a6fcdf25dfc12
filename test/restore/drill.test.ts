/** A drill on two real nodes: the backup is proven, and nothing of the proof stays. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, types } from 'cassandra-driver';
import { expect } from 'chai';
import { type Bucket, openBucket } from '../support/bucket.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { checksumKeyspace, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';

const schema = [
  "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2}",
  'CREATE TYPE shop.place (street text, city text)',
  'CREATE TABLE shop.users (id int PRIMARY KEY, name text, home frozen<place>)',
  'CREATE INDEX users_name ON shop.users (name)',
  `CREATE MATERIALIZED VIEW shop.users_by_name AS SELECT * FROM shop.users
    WHERE name IS NOT NULL AND id IS NOT NULL PRIMARY KEY (name, id)`,
  'CREATE TABLE shop.hits (page text PRIMARY KEY, n counter)',
];

describe('drill', function () {
  this.timeout(600_000);
  let cluster: EmbeddedCluster;
  let client: Client;
  let bucket: Bucket;
  let rows: KeyspaceChecksum;

  before(async () => {
    await buildCain();
    cluster = await startEmbeddedCluster({ nodes: 2 });
    bucket = openBucket(cluster);
    client = await cluster.cql({ consistency: types.consistencies.all });
    for (const statement of schema) await client.execute(statement);
    for (let id = 0; id < 40; id++) {
      const values = [id, `name ${id}`, { street: 'Main', city: `city ${id}` }];
      await client.execute('INSERT INTO shop.users (id, name, home) VALUES (?, ?, ?)', values, {
        prepare: true,
      });
      await client.execute('UPDATE shop.hits SET n = n + 1 WHERE page = ?', [`page ${id % 5}`]);
    }
    const run = await startCain([], env({ CAIN_KEYSPACE: 'shop' })).ended;
    expect(run.exitCode, run.stderr).to.equal(0);
    await client.execute("INSERT INTO shop.users (id, name) VALUES (1000, 'newer')");
    rows = await checksumKeyspace(client, 'shop');
  });
  after(async () => {
    bucket?.store.close();
    await cluster?.stop();
  });

  function env(extra: Record<string, string> = {}): Record<string, string> {
    return cluster.env({ CAIN_HOLDER: randomUUID(), CAIN_LOCK_DURATION: '5s', ...extra });
  }
  async function drill(extra: Record<string, string> = {}): Promise<CainRun> {
    return await startCain(['restore', '--drill'], env(extra)).ended;
  }
  async function metric(name: string): Promise<number | undefined> {
    const text = await (await fetch(`${cluster.pushgateway?.url}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name}{`));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }
  async function expectNothingLeft(): Promise<void> {
    const { rows: keyspaces } = await client.execute('SELECT keyspace_name FROM system_schema.keyspaces');
    expect(keyspaces.map((row) => row.keyspace_name).filter((name) => name.startsWith('cain'))).to.deep.equal(
      [],
    );
    for (const { dataDirectories } of cluster.nodes) {
      for (const directory of dataDirectories) {
        expect(readdirSync(directory).filter((name) => name.startsWith('cain'))).to.deep.equal([]);
      }
    }
    expect(await checksumKeyspace(client, 'shop')).to.deep.equal(rows);
  }

  it('restores all of a backup beside the living tables, counts every row, and leaves nothing', async () => {
    const run = await drill();

    expect(run.exitCode, run.stderr).to.equal(0);
    for (const [table, restored, present] of [
      ['users', 40, 41],
      ['users_by_name', 40, 41],
      ['hits', 5, 5],
    ] as const) {
      expect(run.stdout).to.contain(`shop.${table}: ${restored} in the backup, ${present} in the table now`);
    }
    await expectNothingLeft();
    if (cluster.pushgateway) {
      expect(await metric('cain_drill_last_run_success')).to.equal(1);
      expect(await metric('cain_drill_last_success_timestamp_seconds')).to.be.closeTo(Date.now() / 1000, 600);
      expect(await metric('cain_restore_last_run_success')).to.equal(undefined);
    }
  });

  it('fails on damage, tells it, and leaves nothing, either', async () => {
    const key = (await bucket.keys()).find((each) => /\/users\/.*-Data\.db$/.test(each)) ?? '';
    const { s3, namespace, clusterName } = cluster;
    const file = join(s3.directory, s3.bucket, 'cain', namespace, clusterName, key);
    const bytes = readFileSync(file);
    const altered = Buffer.from(bytes);
    altered[0] = (altered[0] ?? 0) ^ 1;
    writeFileSync(file, altered);

    const run = await drill();
    writeFileSync(file, bytes);

    expect(run.exitCode, run.stderr).to.equal(5);
    expect(run.stderr).to.contain('CAIN_CHECKSUM_MISMATCH').and.contain(key);
    await expectNothingLeft();
    if (cluster.pushgateway) expect(await metric('cain_drill_last_run_success')).to.equal(0);
  });

  it('clears what a drill left that was killed; backups leave that out, restores do not mind it', async () => {
    const killed = startCain(['restore', '--drill'], env());
    await killed.untilOutput(/Truncated table.*hits/);
    killed.kill('SIGKILL');
    await killed.ended;
    const [directory = ''] = cluster.nodes[0]?.dataDirectories ?? [];
    expect(existsSync(join(directory, 'cain_drill_shop'))).to.equal(true);

    const backup = await startCain([], env()).ended;
    const tag = (await bucket.catalog()).backups.at(-1)?.tag ?? '';
    const restore = await startCain(
      ['restore'],
      env({ CAIN_TABLE: 'shop.hits', CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${tag}` }),
    ).ended;
    const clean = await startCain(['restore', '--clean'], env()).ended;

    for (const { exitCode, stderr } of [backup, restore, clean]) expect(exitCode, stderr).to.equal(0);
    const { keyspaces } = (await bucket.catalog()).backups.at(-1) ?? {};
    expect(keyspaces?.map(({ name }) => name)).to.deep.equal(['shop']);
    await expectNothingLeft();
  });
});
