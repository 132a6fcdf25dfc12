/** A node that lost its disk is replaced by an empty one under the same tokens, and gets its own files back. */
import { randomUUID } from 'node:crypto';
import type { Client } from 'cassandra-driver';
import { expect } from 'chai';
import { rangeName, rangesOf, readEachAlone } from '../support/alone.ts';
import type { EmbeddedNode } from '../support/embedded/cassandra-node.ts';
import { replaceNode } from '../support/replace-node.ts';
import { checksumKeyspace, checksumRange, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, startCain } from '../support/run-cain.ts';
import { fillShop } from '../support/shop.ts';
import { backUpShop, connectAll, type ShopBackup } from '../support/shop-backup.ts';

describe('restore of one node', function () {
  this.timeout(600_000);
  let backup: ShopBackup;
  let client: Client;
  let lost: EmbeddedNode;
  /** The rows of the backup, by range. */
  const saved = new Map<string, KeyspaceChecksum>();
  let newest: KeyspaceChecksum;

  before(async () => {
    await buildCain();
    backup = await backUpShop({ nodes: 3 }, "{'class': 'NetworkTopologyStrategy', 'dc1': 2}");
    const { cluster } = backup;
    client = await connectAll(cluster);
    for (const range of await rangesOf(client, 'shop')) {
      saved.set(rangeName(range), await checksumRange(client, 'shop', range));
    }
    await fillShop(client, { from: 580, to: 640, isFive: true });
    await client.execute('DELETE FROM shop.visits WHERE id = 300');
    newest = await checksumKeyspace(client, 'shop');
    // Reads at ALL, the restore's own among them, would bring newer rows onto the node.
    for (const table of ['users', 'visits', 'things']) {
      await client.execute(`ALTER TABLE shop.${table} WITH read_repair = 'NONE'`);
    }
    await client.execute("ALTER MATERIALIZED VIEW shop.visits_by_city WITH read_repair = 'NONE'");
    lost = cluster.nodes[2] as EmbeddedNode;
    await replaceNode(cluster, lost);
  });
  after(async () => {
    await backup?.cluster.stop();
  });

  it('refuses a backup that is older than tombstones live, and tables that were truncated since', async () => {
    await client.execute('ALTER TABLE shop.users WITH gc_grace_seconds = 1');

    const stale = await restore();

    expect(stale.exitCode, stale.stderr).to.equal(3);
    expect(stale.stderr).to.contain('CAIN_RESTORE_STALE').and.to.contain('shop.users');
    await client.execute('ALTER TABLE shop.users WITH gc_grace_seconds = 864000');
    await client.execute('TRUNCATE shop.hits');
    const truncated = await restore();
    expect(truncated.exitCode, truncated.stderr).to.equal(3);
    expect(truncated.stderr).to.contain('truncated after backup').and.to.contain('shop.hits');
  });

  it('gives the node what it held, and only that node', async () => {
    const run = await restore({ CAIN_TABLE: 'shop.*,!shop.hits' });

    expect(run.exitCode, `${run.stdout}${run.stderr}`).to.equal(0);
    expect(run.stdout).not.to.contain('cassandra-1');
  });

  it('has the rows of the backup on the node alone, and the newest everywhere', async () => {
    const alone = await readEachAlone(backup.cluster, 'shop');

    const own = alone.get(lost.pod) ?? new Map<string, KeyspaceChecksum>();
    expect(own.size).to.be.greaterThan(1);
    for (const [name, tables] of own) {
      for (const table of ['users', 'visits', 'visits_by_city', 'things']) {
        expect(tables[table], `${table}, ${name}`).to.deep.equal(saved.get(name)?.[table]);
      }
    }
    const { hits: _, ...others } = newest;
    const now = await checksumKeyspace(client, 'shop');
    expect(now).to.deep.include(others);
  });

  async function restore(extra: Record<string, string> = {}) {
    const env = { CAIN_HOLDER: randomUUID(), CAIN_KEYSPACE: 'shop', CAIN_NODE: lost.pod, ...extra };
    return await startCain(['restore'], backup.cluster.env(env)).ended;
  }
});
