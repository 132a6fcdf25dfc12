import { type Client, types } from 'cassandra-driver';
import { openBucket } from './bucket.ts';
import {
  type EmbeddedCluster,
  type EmbeddedClusterOptions,
  startEmbeddedCluster,
} from './embedded/cluster.ts';
import { checksumKeyspace, type KeyspaceChecksum } from './row-checksum.ts';
import { startCain } from './run-cain.ts';
import { fillShop, shopSchema } from './shop.ts';

/** A cluster whose keyspace shop lies in a backup. */
export interface ShopBackup {
  readonly cluster: EmbeddedCluster;
  readonly tag: string;
  /** The rows of shop when it was taken, read at ALL. */
  readonly rows: KeyspaceChecksum;
  readonly bytes: number;
}

const rowsInAll = 600;

/** Starts a cluster, fills it in two goes with a flush between, and takes a backup. */
export async function backUpShop(options: EmbeddedClusterOptions, replication: string): Promise<ShopBackup> {
  const cluster = await startEmbeddedCluster(options);
  try {
    const isFive = cluster.cassandraVersion.startsWith('5');
    const client = await cluster.cql({ consistency: types.consistencies.all });
    for (const statement of shopSchema(replication, { isFive })) await client.execute(statement);
    await fillShop(client, { from: 0, to: rowsInAll / 2, isFive });
    for (const node of cluster.nodes) await node.nodetool('flush', 'shop');
    // Other coordinators, so that counters have several shards.
    const second = await cluster.cql({
      consistency: types.consistencies.all,
      node: cluster.nodes.length - 1,
    });
    await fillShop(second, { from: rowsInAll / 3, to: rowsInAll, isFive });
    const rows = await checksumKeyspace(client, 'shop');
    return { cluster, rows, ...(await backUp(cluster)) };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function backUp(cluster: EmbeddedCluster): Promise<{ readonly tag: string; readonly bytes: number }> {
  const run = await startCain([], cluster.env({ CAIN_KEYSPACE: 'shop' })).ended;
  if (run.exitCode !== 0)
    throw new Error(`The backup ended with ${run.exitCode}:\n${run.stdout}${run.stderr}`);
  const bucket = openBucket(cluster);
  try {
    const newest = (await bucket.catalog()).backups.at(-1);
    const bytes = newest?.nodes.reduce((sum, node) => sum + node.bytes, 0) ?? 0;
    return { tag: newest?.tag ?? '', bytes };
  } finally {
    bucket.store.close();
  }
}

/** The environment of a cluster that restores from the bucket of another one. */
export function envFrom(
  source: EmbeddedCluster,
  target: EmbeddedCluster,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const theirs = source.env();
  const { CAIN_DST: root = '', ...rest } = theirs;
  const own = target.env();
  return {
    ...rest,
    CAIN_SRC: `${root}/${source.namespace}/${source.clusterName}`,
    KUBECONFIG: own.KUBECONFIG ?? '',
    HOME: own.HOME ?? '',
    CAIN_NAMESPACE: target.namespace,
    ...extra,
  };
}

export async function connectAll(cluster: EmbeddedCluster): Promise<Client> {
  return await cluster.cql({ consistency: types.consistencies.all });
}
