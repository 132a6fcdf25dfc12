/**
 * The same database restored to the row, on 5.0 and on 4.1: three nodes, replication factor 2. What is compared is read
 * at consistency ALL before and after, and then from each node alone, the other two stopped.
 */
import { randomUUID } from 'node:crypto';
import { type Client, types } from 'cassandra-driver';
import { expect } from 'chai';
import { allCities, createTables, keyspace, loadCities, visitCities } from '../../demo/cities.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { checksumKeyspace, checksumRange, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { startAgain } from '../support/rows-on-each-node.ts';
import { buildCain, startCain } from '../support/run-cain.ts';

const rowsLoaded = 20_000;

for (const cassandra of ['5.0', '4.1'] as const) {
  describe(`restore to the row, Cassandra ${cassandra}`, function () {
    this.timeout(600_000);
    let cluster: EmbeddedCluster;
    let before_: KeyspaceChecksum;
    let rangesBefore: Map<string, KeyspaceChecksum>;

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
      rangesBefore = await checksumRanges(client);
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
      for (const [index, node] of cluster.nodes.entries()) {
        const others = cluster.nodes.filter((other) => other !== node);
        await Promise.all(others.map((other) => other.stop()));
        await expectOwnRows(index);
        for (const other of others) await startAgain(other);
      }
    });

    async function expectOwnRows(index: number): Promise<void> {
      const client = await cluster.cql({ node: index, consistency: types.consistencies.one });
      for (const end of rangesOf(index)) {
        const found = await checksumRange(client, keyspace, rangeTokens(end));
        expect(found, `range ${end} on node ${index}`).to.deep.equal(rangesBefore.get(String(end)));
      }
      await client.shutdown();
    }
    async function checksumRanges(client: Client): Promise<Map<string, KeyspaceChecksum>> {
      const ranges = new Map<string, KeyspaceChecksum>();
      for (const end of [0, 1, 2])
        ranges.set(String(end), await checksumRange(client, keyspace, rangeTokens(end)));
      return ranges;
    }
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

/** Three nodes with one token each, -2^63 + i * 2^64 / 3: the range that ends at node i's token is kept by it and the next one. */
function rangesOf(node: number): readonly number[] {
  return [node, (node + 2) % 3];
}

/** Exclusive start, inclusive end. The range that ends at the first token, the smallest there is, wraps: it is all after the last one. */
function rangeTokens(end: number): { readonly after: string; readonly to?: string } {
  const token = (node: number): string => (-(2n ** 63n) + BigInt(node) * (2n ** 64n / 3n)).toString();
  return end === 0 ? { after: token(2) } : { after: token(end - 1), to: token(end) };
}
