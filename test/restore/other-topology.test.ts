/**
 * A backup restored into another cluster of another shape: other name and namespace, other number of nodes, other
 * vnodes, other replication. Ends with the rows read at ALL, with each node read alone, and with Cassandra's own
 * verification that no node holds what it does not own.
 */
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { rangeName, rangesOf, readEachAlone, strayRows } from '../support/alone.ts';
import {
  type EmbeddedCluster,
  type EmbeddedClusterOptions,
  startEmbeddedCluster,
} from '../support/embedded/cluster.ts';
import { checksumKeyspace, checksumRange } from '../support/row-checksum.ts';
import { buildCain, startCain } from '../support/run-cain.ts';
import { backUpShop, connectAll, envFrom, type ShopBackup } from '../support/shop-backup.ts';

interface Way {
  readonly title: string;
  readonly from: EmbeddedClusterOptions;
  readonly copies: number;
  readonly to: EmbeddedClusterOptions;
  /** As CAIN_RESTORE_REPLICATION takes it. */
  readonly newCopies: string;
  readonly isRefusedWithout?: true;
}

const ways: readonly Way[] = [
  {
    title: 'three nodes to one',
    from: { nodes: 3 },
    copies: 2,
    to: { nodes: 1 },
    newCopies: 'dc1=1',
    isRefusedWithout: true,
  },
  { title: 'one node to three', from: { nodes: 1 }, copies: 1, to: { nodes: 3 }, newCopies: 'dc1=2' },
  {
    title: 'three nodes to five with vnodes',
    from: { nodes: 3 },
    copies: 2,
    to: { nodes: 5, tokensPerNode: 4, dataDirectories: 2 },
    newCopies: 'dc1=2',
  },
  {
    title: 'two nodes of 4.1 to three with vnodes',
    from: { nodes: 2, cassandra: '4.1', tokensPerNode: 4 },
    copies: 2,
    to: { nodes: 3, cassandra: '4.1', tokensPerNode: 8 },
    newCopies: 'dc1=2',
  },
  {
    title: 'one data centre to two',
    from: { nodes: 2 },
    copies: 2,
    to: { nodes: 3, dataCenters: ['dc1', 'dc2', 'dc2'] },
    newCopies: 'dc1=1,dc2=2',
    isRefusedWithout: true,
  },
];

for (const { title, from, copies, to, newCopies, isRefusedWithout } of ways) {
  describe(`restore into another topology: ${title}`, function () {
    this.timeout(900_000);
    let source: ShopBackup;
    let target: EmbeddedCluster;

    before(async () => {
      await buildCain();
      source = await backUpShop(from, replicationOf(copies));
      await Promise.all(source.cluster.nodes.map((node) => node.stop()));
      target = await startEmbeddedCluster({
        ...to,
        clusterName: 'Staging Cluster',
        namespace: 'staging',
        s3: false,
        pushgateway: false,
      });
    });
    after(async () => {
      await target?.stop();
      await source?.cluster.stop();
    });

    if (isRefusedWithout)
      it('refuses a replication that the cluster can not carry', async () => {
        const { exitCode, stderr } = await restore({});

        expect(exitCode, stderr).to.equal(3);
        expect(stderr).to.contain('CAIN_RESTORE_REPLICATION');
      });

    it('ends with the rows of the backup', async () => {
      const run = await restore({ CAIN_RESTORE_REPLICATION: newCopies });

      expect(run.exitCode, `${run.stdout}${run.stderr}`).to.equal(0);
      console.log(`      ${run.seconds} s; the backup has ${source.bytes} bytes`);
    });

    it('leaves no row on a node that does not own it', async () => {
      expect(await strayRows(target, 'shop')).to.deep.equal([]);
    });

    it('has every row on each of its owners alone, and at ALL', async () => {
      const alone = await readEachAlone(target, 'shop');

      const client = await connectAll(target);
      expect(await checksumKeyspace(client, 'shop')).to.deep.equal(source.rows);
      for (const range of await rangesOf(client, 'shop')) {
        const wanted = await checksumRange(client, 'shop', range);
        for (const owner of range.owners) {
          const pod = target.nodes.find(({ address }) => address === owner)?.pod ?? '';
          expect(alone.get(pod)?.get(rangeName(range)), `${pod}, ${rangeName(range)}`).to.deep.equal(wanted);
        }
      }
      for (const [table, { rows, sha256 }] of Object.entries(source.rows))
        console.log(`      ${table}: ${rows} rows, ${sha256}`);
    });

    async function restore(extra: Record<string, string>) {
      const env = envFrom(source.cluster, target, {
        CAIN_HOLDER: randomUUID(),
        CAIN_KEYSPACE: 'shop',
        ...extra,
      });
      return await startCain(['restore'], env).ended;
    }
  });
}

function replicationOf(copies: number): string {
  return `{'class': 'NetworkTopologyStrategy', 'dc1': ${copies}}`;
}
