/**
 * The same database restored to the row, on 5.0 and on 4.1: three nodes, replication factor 2. What is compared is read
 * at consistency ALL before and after, and then from each node alone, the other two cut off from it.
 */
import { randomUUID } from 'node:crypto';
import { type Client, types } from 'cassandra-driver';
import { expect } from 'chai';
import { allCities, createTables, keyspace, loadCities, visitCities } from '../../demo/cities.ts';
import { rangeName, rangesOf, readEachAlone } from '../support/alone.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { checksumKeyspace, checksumRange, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, startCain } from '../support/run-cain.ts';

const rowsLoaded = 20_000;

for (const cassandra of ['5.0', '4.1'] as const) {
  describe(`restore to the row, Cassandra ${cassandra}`, function () {
    this.timeout(600_000);
    let cluster: EmbeddedCluster;
    let before_: KeyspaceChecksum;
    const rangesBefore = new Map<string, KeyspaceChecksum>();

    before(async () => {
      await buildCain();
      cluster = await startEmbeddedCluster({
        nodes: 3,
        cassandra,
        clusterName: 'Proof Cluster',
        dataDirectories: 2,
      });
      const client = await cluster.cql({ consistency: types.consistencies.all });
      await createTables(client);
      await createPeople(client);
      const cities = allCities().slice(0, rowsLoaded);
      await loadCities(client, cities, () => {});
      await visitCities(client, cities.slice(0, 1_000), 'Ada', new Date('2026-01-01'));
    });
    after(async () => {
      await cluster?.stop();
    });

    it('backs up, loses the keyspace, restores, and reads the same rows at ALL', async () => {
      const client = await cluster.cql({ consistency: types.consistencies.all });
      before_ = await checksumKeyspace(client, keyspace);
      for (const range of await rangesOf(client, keyspace)) {
        rangesBefore.set(rangeName(range), await checksumRange(client, keyspace, range));
      }
      const backup = await cain([]);
      expect(backup.exitCode, backup.stderr).to.equal(0);
      await client.execute(`DROP KEYSPACE ${keyspace}`);

      const restore = await cain(['restore']);

      expect(restore.exitCode, restore.stderr).to.equal(0);
      expect(await checksumKeyspace(client, keyspace)).to.deep.equal(before_);
      console.log(`      ${cluster.cassandraVersion} on ${cluster.s3.server}:`);
      for (const [table, { rows, sha256 }] of Object.entries(before_))
        console.log(`      ${table}: ${rows} rows, ${sha256}`);
    });

    it('finds the same rows on each node alone', async () => {
      const alone = await readEachAlone(cluster, keyspace);

      expect([...alone.keys()]).to.have.members(cluster.nodes.map(({ pod }) => pod));
      // Each range is kept by two of the three.
      const kept = [...alone.values()].flatMap((own) => [...own.keys()]);
      expect(kept).to.have.members([...rangesBefore.keys(), ...rangesBefore.keys()]);
      for (const [pod, own] of alone) {
        for (const [range, rows] of own) {
          expect(rows, `${range} on ${pod}`).to.deep.equal(rangesBefore.get(range));
        }
      }
    });

    async function cain(args: readonly string[]) {
      return await startCain(args, cluster.env({ CAIN_HOLDER: randomUUID() })).ended;
    }
  });
}

/** A static column and a view, which no import of its base table feeds. */
async function createPeople(client: Client): Promise<void> {
  const people = `${keyspace}.people`;
  await client.execute(
    `CREATE TABLE ${people} (city int, id int, name text, mayor text static, PRIMARY KEY (city, id))`,
  );
  await client.execute(
    `CREATE MATERIALIZED VIEW ${keyspace}.people_by_id AS SELECT city, id, name FROM ${people}
       WHERE city IS NOT NULL AND id IS NOT NULL PRIMARY KEY (id, city)`,
  );
  for (let id = 0; id < 200; id++) {
    const values = [id % 20, id, `person ${id}`, `mayor ${id % 20}`];
    await client.execute(`INSERT INTO ${people} (city, id, name, mayor) VALUES (?, ?, ?, ?)`, values, {
      prepare: true,
    });
  }
}
