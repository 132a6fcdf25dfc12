/**
 * Backups of the original Cain (0.1 to 0.6): one made by hand, byte for byte in its layout, is restored; and a full
 * backup of ours, all records of ours taken away, is one of them.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, types } from 'cassandra-driver';
import { expect } from 'chai';
import { schemaSum } from '../../src/cassandra/schema-sum.ts';
import { openS3Store } from '../../src/store/s3-store.ts';
import type { Store } from '../../src/store/store.ts';
import { expectRowsOnEachNode } from '../support/alone.ts';
import { type Bucket, openBucket } from '../support/bucket.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { runProgram } from '../support/embedded/run-program.ts';
import { checksumKeyspace, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';

const schema = [
  "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2}",
  'CREATE TYPE shop.place (street text, city text)',
  `CREATE TABLE shop.users (grp int, id int, name text, home frozen<place>, tags set<text>, leader text static,
    PRIMARY KEY (grp, id)) WITH CLUSTERING ORDER BY (id DESC)`,
  'CREATE INDEX users_name ON shop.users (name)',
  `CREATE MATERIALIZED VIEW shop.users_by_name AS SELECT grp, id, name FROM shop.users
    WHERE name IS NOT NULL AND id IS NOT NULL AND grp IS NOT NULL PRIMARY KEY (name, grp, id)`,
  'CREATE TABLE shop.hits (page text PRIMARY KEY, n counter)',
  'CREATE TABLE shop.altered (id int PRIMARY KEY, v text, gone text)',
  'CREATE TABLE shop.empty (id int PRIMARY KEY)',
];
const tag = '20240102030405';

describe("the original's backups", function () {
  this.timeout(900_000);
  let cluster: EmbeddedCluster;
  let client: Client;
  let bucket: Bucket;
  let saved: KeyspaceChecksum;
  let sum: string;

  before(async () => {
    await buildCain();
    cluster = await startEmbeddedCluster({ nodes: 2 });
    bucket = openBucket(cluster);
    client = await cluster.cql({ consistency: types.consistencies.all });
    for (const statement of schema) await client.execute(statement);
    for (let id = 0; id < 40; id++) {
      const execute = (query: string, values: unknown[]) => client.execute(query, values, { prepare: true });
      const home = { street: 'Main', city: `city ${id}` };
      await execute('INSERT INTO shop.users (grp, id, name, home, tags, leader) VALUES (?, ?, ?, ?, ?, ?)', [
        id % 3,
        id,
        `name ${id}`,
        home,
        ['a'],
        `leader ${id}`,
      ]);
      await execute('INSERT INTO shop.altered (id, v, gone) VALUES (?, ?, ?)', [id, 'v', 'old']);
      await execute('UPDATE shop.hits SET n = n + 1 WHERE page = ?', [`page ${id % 5}`]);
    }
    for (const { nodetool } of cluster.nodes) await nodetool('flush', 'shop');
    await client.execute('ALTER TABLE shop.altered DROP gone');
    await client.execute('DELETE FROM shop.users WHERE grp = 0 AND id = 3');
    saved = await checksumKeyspace(client, 'shop');
    sum = await backUpAsTheOriginal();
  });
  after(async () => {
    bucket?.store.close();
    await cluster?.stop();
  });

  function env(extra: Record<string, string> = {}): Record<string, string> {
    return cluster.env({ CAIN_HOLDER: randomUUID(), CAIN_LOCK_DURATION: '5s', ...extra });
  }
  async function restore(extra: Record<string, string>): Promise<CainRun> {
    return await startCain(['restore'], env({ CAIN_RESTORE_SAME_RING: 'true', ...extra })).ended;
  }
  /** As `cain backup` 0.5.3 does: DESC on the first pod, then what lies below `snapshots/<tag>/`, pod by pod. */
  async function backUpAsTheOriginal(): Promise<string> {
    const [first] = cluster.nodes;
    if (!first) throw new Error('There is no node');
    const { sandbox, env: environment } = first.container;
    const described = await runProgram(sandbox.enter(['cqlsh', '-e', 'DESC shop;']), {
      env: { ...environment },
    });
    const { text, sum: found } = schemaSum(Buffer.from(described.stdout));
    await bucket.store.put(`shop/${found}/schema.cql`, text);
    for (const { pod, nodetool, dataDirectories } of cluster.nodes) {
      await nodetool('snapshot', '-t', tag, 'shop');
      const shop = join(dataDirectories[0] ?? '', 'shop');
      for (const directory of readdirSync(shop)) {
        const prefix = `shop/${found}/${tag}/${pod}/${directory.slice(0, directory.indexOf('-'))}`;
        await putSnapshot(join(shop, directory, 'snapshots', tag), prefix);
      }
      await nodetool('clearsnapshot', '-t', tag, 'shop');
    }
    return found;
  }
  /** The original makes one object of each index directory: its last file wins. */
  async function putSnapshot(directory: string, prefix: string): Promise<void> {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      const files = statSync(path).isDirectory() ? readdirSync(path).map((file) => join(path, file)) : [path];
      const last = files.at(-1);
      if (last !== undefined) await bucket.store.put(`${prefix}/${name}`, readFileSync(last));
    }
  }
  function expectOk({ exitCode, stderr }: CainRun): void {
    expect(exitCode, stderr).to.equal(0);
  }
  async function rows(): Promise<KeyspaceChecksum> {
    return await checksumKeyspace(client, 'shop');
  }
  async function bytesOf(store: Store, key: string): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await store.get(key)).body) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  it('are restored into a cluster that lost the keyspace', async () => {
    await client.execute('DROP KEYSPACE shop');

    const run = await restore({ CAIN_TAG: tag });

    expectOk(run);
    expect(run.stderr).to.contain('This is a backup of the original Cain');
    expect(await rows()).to.deep.equal(saved);
    const byIndex = await client.execute("SELECT id FROM shop.users WHERE name = 'name 7'");
    expect(byIndex.rows.map(({ id }) => id)).to.deep.equal([7]);
    await expectRowsOnEachNode(cluster, 'shop', saved);
  });

  it('are restored over newer rows, by their sum', async () => {
    await client.execute('INSERT INTO shop.empty (id) VALUES (1)');
    const confirmed = { CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${tag}` };

    const wrongSum = await restore({ CAIN_TAG: tag, CAIN_SCHEMA: '000000', ...confirmed });
    const right = await restore({ CAIN_TAG: tag, CAIN_SCHEMA: sum, ...confirmed });

    expect(wrongSum.exitCode).to.equal(3);
    expect(wrongSum.stderr).to.contain('CAIN_NO_BACKUP').and.contain(`shop/${sum}`);
    expectOk(right);
    expect(await rows()).to.deep.equal(saved);
  });

  it('are refused before anything is truncated where they are damaged or not whole', async () => {
    const confirmed = { CAIN_TAG: tag, CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${tag}` };
    const keys = (await bucket.keys()).filter((key) => key.includes(tag));
    const dataKey = keys.find((key) => /\/hits\/.*-Data\.db$/.test(key)) ?? '';
    const data = await bytesOf(bucket.store, dataKey);
    await bucket.store.put(
      dataKey,
      data.map((byte, index) => (index === 3 ? byte ^ 1 : byte)),
    );
    const damaged = await restore(confirmed);
    await bucket.store.put(dataKey, data);
    const manifestKey = keys.find((key) => /\/users\/manifest\.json$/.test(key)) ?? '';
    const manifest = await bytesOf(bucket.store, manifestKey);
    await bucket.store.delete([manifestKey]);
    const partial = await restore(confirmed);
    await bucket.store.put(manifestKey, manifest);

    expect(damaged.exitCode, damaged.stderr).to.equal(5);
    expect(damaged.stderr).to.contain('CAIN_CHECKSUM_MISMATCH').and.contain(dataKey);
    expect(partial.exitCode, partial.stderr).to.equal(3);
    expect(partial.stderr).to.contain('CAIN_NO_BACKUP').and.contain('shop.users');
    expect(await rows()).to.deep.equal(saved);
  });

  it('are what a full backup of ours is without our records, and what a differential one is not', async () => {
    expectOk(await startCain([], env({ CAIN_FULL: 'true', CAIN_KEYSPACE: 'shop' })).ended);
    const full = (await bucket.catalog()).backups.at(-1)?.tag ?? '';
    const ours = (await bucket.keys()).filter((key) => key.startsWith('shop/') && key.includes(`/${full}/`));
    const nameOf = (key: string): string => key.replace(/^[^/]+\/[^/]+\/[^/]+\//, '');
    const others = ours
      .map(nameOf)
      .filter((name) => !/^cassandra-[01]\/\w+\/(nb-|manifest\.json$|schema\.cql$)/.test(name));
    expect(others, 'keys that the original would not write').to.deep.equal([]);
    for (const table of ['users', 'users_by_name', 'hits', 'empty']) {
      for (const pod of ['cassandra-0', 'cassandra-1']) {
        expect(ours.map(nameOf)).to.include.members([
          `${pod}/${table}/manifest.json`,
          `${pod}/${table}/schema.cql`,
        ]);
      }
    }
    const foreign = openForeign();
    for (const key of (await bucket.keys()).filter(
      (each) => ours.includes(each) || /^shop\/[^/]+\/schema\.cql$/.test(each),
    )) {
      await foreign.put(key, await bytesOf(bucket.store, key));
    }
    foreign.close();
    await client.execute('TRUNCATE shop.users');

    const run = await restore({
      CAIN_TAG: full,
      CAIN_SRC: `s3://${cluster.s3.bucket}/foreign/${cluster.namespace}/${cluster.clusterName}`,
      CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${full}`,
    });
    expectOk(run);
    expect(run.stderr).to.contain('This is a backup of the original Cain');
    expect(await rows()).to.deep.equal(saved);

    expectOk(await startCain([], env({ CAIN_KEYSPACE: 'shop' })).ended);
    const differential = (await bucket.catalog()).backups.at(-1);
    expectOk(await startCain([], env({ CAIN_KEYSPACE: 'shop' })).ended);
    const second = (await bucket.catalog()).backups.at(-1);
    expect(second?.mode, differential?.mode).to.equal('differential');
    const keys = await bucket.keys();
    expect(keys.some((key) => key.endsWith(`/${second?.tag}/differential.json`))).to.equal(true);
  });

  function openForeign(): Store {
    const { s3, namespace, clusterName } = cluster;
    return openS3Store({
      bucket: s3.bucket,
      prefix: `foreign/${namespace}/${clusterName}/`,
      endpoint: s3.endpoint,
      region: s3.region,
      forcePathStyle: true,
      timeoutMs: 30_000,
      maxSockets: 4,
      retries: 2,
    });
  }
});
