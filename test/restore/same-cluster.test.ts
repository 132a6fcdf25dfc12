/** Ways back into the cluster of the backup: in place, after drops, under other names, one node alone. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import { expect } from 'chai';
import { rangeName, rangesOf, readEachAlone } from '../support/alone.ts';
import type { EmbeddedCluster } from '../support/embedded/cluster.ts';
import { checksumKeyspace, checksumRange, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, startCain } from '../support/run-cain.ts';
import { fillShop, shopSchema } from '../support/shop.ts';
import { backUpShop, connectAll, type ShopBackup } from '../support/shop-backup.ts';

const replication = "{'class': 'NetworkTopologyStrategy', 'dc1': 2}";

for (const cassandra of ['5.0', '4.1'] as const) {
  describe(`restore into the cluster of the backup, Cassandra ${cassandra}`, function () {
    this.timeout(600_000);
    const isFive = cassandra === '5.0';
    let backup: ShopBackup;
    let cluster: EmbeddedCluster;
    let client: Client;

    before(async () => {
      await buildCain();
      backup = await backUpShop({ nodes: 3, cassandra }, replication);
      cluster = backup.cluster;
      client = await connectAll(cluster);
    });
    after(async () => {
      await backup?.cluster.stop();
    });

    it('in place: tables by globs, the others as they are', async () => {
      await fillShop(client, { from: 1000, to: 1040, isFive });
      const changed = await checksumKeyspace(client, 'shop');

      await restore({ CAIN_TABLE: 'shop.u*,shop.*its,!shop.h*', ...confirmed() });

      const now = await checksumKeyspace(client, 'shop');
      expect(now).to.deep.equal({
        ...changed,
        ...pick(backup.rows, ['users', 'visits', 'visits_by_city']),
      });
      expect(now.hits).not.to.deep.equal(backup.rows.hits);
    });

    it('in place: the keyspace as a whole', async () => {
      await restore(confirmed());

      await expectSameRows();
    });

    it('after a drop of tables', async () => {
      await client.execute('DROP TABLE shop.users');
      await client.execute('DROP TABLE shop.hits');

      await restore({ CAIN_TABLE: 'shop.users,shop.hits' });

      await expectSameRows();
    });

    it('after a table was dropped and created again, its old directory beside the new one', async () => {
      await client.execute('DROP MATERIALIZED VIEW shop.visits_by_city');
      for (const table of ['users', 'visits']) await client.execute(`DROP TABLE shop.${table}`);
      for (const statement of shopSchema(replication, { isFive })) {
        if (/users|visits/.test(statement)) await client.execute(statement);
      }
      const [node] = cluster.nodes;
      const directories = readdirSync(join(node?.dataDirectories[0] ?? '', 'shop'));
      expect(directories.filter((name) => name.startsWith('users-'))).to.have.length(2);

      await restore({ CAIN_TABLE: 'shop.users,shop.visits' });

      await expectSameRows();
    });

    it('after a drop of the keyspace', async () => {
      await client.execute('DROP KEYSPACE shop');

      await restore();

      await expectSameRows();
      expect(await firstValue('SELECT shop.twice(id) FROM shop.visits WHERE id = 5')).to.equal(10);
    });

    it('every node alone has its rows', async () => {
      const alone = await readEachAlone(cluster, 'shop');

      for (const range of await rangesOf(client, 'shop')) {
        const wanted = await checksumRange(client, 'shop', range);
        for (const node of cluster.nodes.filter(({ address }) => range.owners.includes(address))) {
          const name = rangeName(range);
          expect(alone.get(node.pod)?.get(name), `${node.pod}, ${name}`).to.deep.equal(wanted);
        }
      }
    });

    it('a keyspace under another name, with all that belongs to it', async () => {
      await restore({ CAIN_RENAME: 'shop=Copy' });

      expect(await checksumKeyspace(client, 'Copy')).to.deep.equal(backup.rows);
      await expectSameRows();
      expect(await firstValue('SELECT "Copy".twice(id) FROM "Copy".visits WHERE id = 5')).to.equal(10);
      await expectIndexesFind('"Copy"', 'users', 'things');
    });

    it('a table under another name in its keyspace and in another one, indexes and views with it', async () => {
      const things = isFive ? ',shop.things=scratch.things2' : '';
      await restore({
        CAIN_RENAME: `shop.users=scratch.users2,shop.visits=shop.visits2,shop.hits=scratch.hits${things}`,
        CAIN_RESTORE_REPLICATION: 'dc1=3',
      });

      const [shop, scratch] = [
        await checksumKeyspace(client, 'shop'),
        await checksumKeyspace(client, 'scratch'),
      ];
      expect(shop).to.deep.equal({
        ...backup.rows,
        visits2: backup.rows.visits,
        visits2_by_city: backup.rows.visits_by_city,
      });
      expect(scratch.users2).to.deep.equal(backup.rows.users);
      expect(scratch.hits).to.deep.equal(backup.rows.hits);
      expect(scratch.things2).to.deep.equal(backup.rows.things);
      await expectIndexesFind('scratch', 'users2', 'things2');
      await client.execute('DROP MATERIALIZED VIEW shop.visits2_by_city');
      await client.execute('DROP TABLE shop.visits2');
    });

    it('asks before it overwrites the copy, and then does', async () => {
      await client.execute('UPDATE "Copy".users SET name = \'changed\' WHERE grp = 1 AND id = 41');
      const settings = { CAIN_RENAME: 'shop.users=Copy.users' };

      const refused = await run(settings);

      expect(refused.exitCode, refused.stderr).to.equal(3);
      expect(refused.stderr).to.contain('CAIN_RESTORE_UNCONFIRMED').and.to.contain('Copy.users');
      await restore({ ...settings, ...confirmed() });
      expect(await checksumKeyspace(client, 'Copy')).to.deep.equal(backup.rows);
    });

    it('cleans up after all of them, also where the copy was dropped since', async () => {
      await client.execute('DROP KEYSPACE "Copy"');

      await restore({ CAIN_RESTORE_CLEAN: 'true' });

      for (const { dataDirectories } of cluster.nodes) {
        for (const directory of dataDirectories)
          expect(readdirSync(directory)).not.to.include('cain-restore');
      }
    });

    function confirmed(): Record<string, string> {
      return { CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${backup.tag}` };
    }
    async function run(extra: Record<string, string> = {}) {
      const env = { CAIN_HOLDER: randomUUID(), CAIN_KEYSPACE: 'shop', ...extra };
      return await startCain(['restore'], cluster.env(env)).ended;
    }
    async function restore(extra: Record<string, string> = {}): Promise<void> {
      const { exitCode, stdout, stderr } = await run(extra);
      expect(exitCode, `${stdout}${stderr}`).to.equal(0);
    }
    async function expectSameRows(): Promise<void> {
      expect(await checksumKeyspace(client, 'shop')).to.deep.equal(backup.rows);
    }
    async function firstValue(query: string): Promise<unknown> {
      const { rows } = await client.execute(query);
      return rows[0]?.values()[0];
    }
    async function expectIndexesFind(keyspace: string, users: string, things: string): Promise<void> {
      const named = await client.execute(`SELECT id FROM ${keyspace}.${users} WHERE name = 'name 3'`);
      expect(named.rows.length).to.be.greaterThan(10);
      if (!isFive) return;
      const red = await client.execute(`SELECT id FROM ${keyspace}.${things} WHERE color = 'red'`);
      expect(red.rows).to.have.length(300);
    }
  });
}

function pick(rows: KeyspaceChecksum, tables: readonly string[]): KeyspaceChecksum {
  return Object.fromEntries(Object.entries(rows).filter(([table]) => tables.includes(table)));
}
