/**
 * The whole cluster goes back to a backup, of which one node is gone: another one has its tokens, with an empty disk, a
 * new host id, and its pod's name or another one. It counts as the node of then.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from 'cassandra-driver';
import { expect } from 'chai';
import { rangeName, rangesOf, readEachAlone, strayRows } from '../support/alone.ts';
import type { EmbeddedNode } from '../support/embedded/cassandra-node.ts';
import { replaceNode } from '../support/replace-node.ts';
import { checksumKeyspace, checksumRange, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, startCain } from '../support/run-cain.ts';
import { fillShop } from '../support/shop.ts';
import { backUpShop, connectAll, type ShopBackup } from '../support/shop-backup.ts';

interface Replacement {
  readonly title: string;
  /** Which node. */
  readonly index: number;
  readonly newPod: string;
  /** What the plan says of it. */
  readonly line: RegExp;
}

const replacements: readonly Replacement[] = [
  {
    title: 'under the name of its pod',
    index: 2,
    newPod: 'cassandra-2',
    line: /^ {2}cassandra-2: \d+ files/m,
  },
  {
    title: 'as another pod, after a restore that it knows nothing of',
    index: 1,
    newPod: 'cassandra-7',
    line: /^ {2}cassandra-7 \(in the backup cassandra-1\): \d+ files/m,
  },
];

describe('restore of a cluster in which a node was replaced since the backup', function () {
  this.timeout(900_000);
  let backup: ShopBackup;
  let client: Client;
  /** The rows of the backup, by range. */
  const saved = new Map<string, KeyspaceChecksum>();

  before(async () => {
    await buildCain();
    backup = await backUpShop({ nodes: 3 }, "{'class': 'NetworkTopologyStrategy', 'dc1': 2}");
    client = await connectAll(backup.cluster);
    for (const range of await rangesOf(client, 'shop')) {
      saved.set(rangeName(range), await checksumRange(client, 'shop', range));
    }
    // Reads at ALL would bring to a node what it lacks.
    for (const table of ['users', 'visits', 'things', 'hits']) {
      await client.execute(`ALTER TABLE shop.${table} WITH read_repair = 'NONE'`);
    }
    await client.execute("ALTER MATERIALIZED VIEW shop.visits_by_city WITH read_repair = 'NONE'");
  });
  after(async () => {
    await backup?.cluster.stop();
  });

  for (const { title, index, newPod, line } of replacements) {
    describe(title, () => {
      it('tells whose files the new node takes, and changes nothing before it is confirmed', async () => {
        await changeRows();
        await replace(index, newPod);
        const changed = await checksumKeyspace(client, 'shop');

        const { exitCode, stdout, stderr } = await restore({});

        expect(exitCode, stderr).to.equal(3);
        expect(stderr).to.contain('CAIN_RESTORE_UNCONFIRMED');
        expectOwnFiles(stdout, line);
        expect(await checksumKeyspace(client, 'shop')).to.deep.equal(changed);
      });

      it('gives each node its own files, and the new one those of the node that is gone', async () => {
        const { cluster, tag } = backup;
        const run = await restore({ CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${tag}` });

        expect(run.exitCode, `${run.stdout}${run.stderr}`).to.equal(0);
        expectOwnFiles(run.stdout, line);
        console.log(`      ${run.seconds} s; the backup has ${backup.bytes} bytes`);
      });

      it('leaves no row on a node that does not own it', async () => {
        expect(await strayRows(backup.cluster, 'shop')).to.deep.equal([]);
      });

      it('has the rows of the backup on each of their owners alone, and at ALL', async () => {
        const alone = await readEachAlone(backup.cluster, 'shop');

        for (const range of await rangesOf(client, 'shop')) {
          const name = rangeName(range);
          expect(range.owners).to.have.length(2);
          for (const owner of range.owners) {
            const { pod } = nodeAt(owner);
            expect(alone.get(pod)?.get(name), `${pod}, ${name}`).to.deep.equal(saved.get(name));
          }
        }
        expect(await checksumKeyspace(client, 'shop')).to.deep.equal(backup.rows);
      });

      it('counts on where the counters were', async () => {
        const before = await countOf('page 3');

        await client.execute("UPDATE shop.hits SET n = n + 5 WHERE page = 'page 3'");

        expect(await countOf('page 3')).to.equal(before + 5);
      });
    });
  }

  /** Rows are new, other and gone, and a table was truncated. */
  async function changeRows(): Promise<void> {
    await fillShop(client, { from: 580, to: 640, isFive: true });
    await client.execute('DELETE FROM shop.visits WHERE id = 300');
    await client.execute('DELETE FROM shop.users WHERE grp = 7');
    await client.execute('TRUNCATE shop.things');
  }

  async function replace(index: number, newPod: string): Promise<void> {
    const { cluster } = backup;
    const node = cluster.nodes[index];
    const pod = cluster.kubernetes.pods[index];
    if (!node || !pod) throw new Error(`There is no node ${index}`);
    await replaceNode(cluster, node);
    pod.name = newPod;
    pod.uid = randomUUID();
  }

  async function restore(extra: Record<string, string>) {
    const env = { CAIN_HOLDER: randomUUID(), CAIN_KEYSPACE: 'shop', ...extra };
    return await startCain(['restore'], backup.cluster.env(env)).ended;
  }

  /** The topology is the same: nobody takes files of several nodes, to be cleaned up afterwards. */
  function expectOwnFiles(stdout: string, line: RegExp): void {
    expect(stdout).to.match(line);
    expect(stdout).not.to.match(/\(from cassandra/);
    expect(stdout).not.to.contain('other replicas');
    for (const [index, { pod }] of backup.cluster.nodes.entries()) {
      if (backup.cluster.kubernetes.pods[index]?.name === pod) expect(stdout).to.contain(`\n  ${pod}: `);
    }
  }

  function nodeAt(address: string): EmbeddedNode {
    const node = backup.cluster.nodes.find((each) => each.address === address);
    if (!node) throw new Error(`No node is at ${address}`);
    return node;
  }

  async function countOf(page: string): Promise<number> {
    const { rows } = await client.execute('SELECT n FROM shop.hits WHERE page = ?', [page]);
    return Number(rows[0]?.n);
  }
});
