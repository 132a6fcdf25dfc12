import { setTimeout as delay } from 'node:timers/promises';
import { type Client, types } from 'cassandra-driver';
import { expect } from 'chai';
import { replicaSets } from '../../src/cassandra/replica-sets.ts';
import { parseReplication } from '../../src/cassandra/replication.ts';
import type { RingNode } from '../../src/cassandra/topology.ts';
import type { EmbeddedNode } from './embedded/cassandra-node.ts';
import type { EmbeddedCluster } from './embedded/cluster.ts';
import { connectCql } from './embedded/cql.ts';
import { checksumKeyspace, checksumRange, type KeyspaceChecksum } from './row-checksum.ts';

const murmur3 = 'Murmur3Partitioner';

/** Of each range that a node keeps, by the range's end, what it holds when it is asked alone. */
export type OwnRows = ReadonlyMap<string, KeyspaceChecksum>;

/** The ranges of a keyspace with the pods' addresses that keep them. */
export async function rangesOf(client: Client, keyspace: string) {
  const nodes = await readRing(client);
  const { rows } = await client.execute(
    'SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?',
    [keyspace],
  );
  const replication = parseReplication(keyspace, rows[0]?.replication);
  const sets = [...replicaSets({ partitioner: murmur3, nodes }, replication)];
  const addresses = new Map(nodes.map(({ hostId, address }) => [hostId, address]));
  return sets.flatMap(({ rangeEnd, replicas }, index) => {
    const owners = replicas.map((hostId) => addresses.get(hostId) ?? '');
    const last = sets.at(-1)?.rangeEnd ?? rangeEnd;
    if (index > 0) return [{ after: sets[index - 1]?.rangeEnd ?? '', to: rangeEnd, owners }];
    // The first range wraps around.
    const smallest = String(-(2n ** 63n));
    const head = rangeEnd === smallest ? [] : [{ after: smallest, to: rangeEnd, owners }];
    return [...head, { after: last, owners }];
  });
}

async function readRing(client: Client): Promise<readonly RingNode[]> {
  // Both from one node: each tells of itself and of its peers.
  const [host] = client.getState().getConnectedHosts();
  const options = host ? { host } : {};
  const local = await client.execute(
    'SELECT host_id, broadcast_address AS address, data_center, rack, tokens FROM system.local',
    [],
    options,
  );
  const peers = await client.execute(
    'SELECT host_id, peer AS address, data_center, rack, tokens FROM system.peers_v2',
    [],
    options,
  );
  return [...local.rows, ...peers.rows].map((row) => ({
    hostId: String(row.host_id),
    address: String(row.address),
    dataCenter: row.data_center,
    rack: row.rack,
    tokens: row.tokens,
  }));
}

/** What each node holds of each of its ranges, read from it alone. By pod, then by range. */
export async function readEachAlone(
  cluster: EmbeddedCluster,
  keyspace: string,
): Promise<ReadonlyMap<string, OwnRows>> {
  const found = new Map<string, OwnRows>();
  await onEachAlone(cluster, async (client, node) => {
    const ranges = await rangesOf(client, keyspace);
    const own = new Map<string, KeyspaceChecksum>();
    for (const range of ranges.filter(({ owners }) => owners.includes(node.address))) {
      own.set(rangeName(range), await checksumRange(client, keyspace, range));
    }
    found.set(node.pod, own);
  });
  return found;
}

/** For a keyspace of which every node holds all: reads it from each node alone. */
export async function expectRowsOnEachNode(
  cluster: EmbeddedCluster,
  keyspace: string,
  expected: KeyspaceChecksum,
): Promise<void> {
  await onEachAlone(cluster, async (client, node) => {
    expect(await checksumKeyspace(client, keyspace), `rows on ${node.pod} alone`).to.deep.equal(expected);
  });
}

/**
 * Every node in its turn, while the gossip of the others is stopped and the node holds them for dead: no read and no read
 * repair reaches them. The client asks at ONE.
 */
async function onEachAlone(
  cluster: EmbeddedCluster,
  look: (client: Client, node: EmbeddedNode) => Promise<void>,
): Promise<void> {
  for (const node of cluster.nodes) {
    const others = cluster.nodes.filter((other) => other !== node);
    for (const other of others) await succeed(other, 'disablegossip');
    await untilPeersAre(node, 'DN', others.length);
    const client = await connectCql(node.address, { alone: true, consistency: types.consistencies.one });
    try {
      await look(client, node);
    } finally {
      await client.shutdown();
    }
    for (const other of others) await succeed(other, 'enablegossip');
    await untilPeersAre(node, 'UN', others.length + 1);
  }
}

export function rangeName({ after, to }: { readonly after: string; readonly to?: string }): string {
  return `${after} to ${to ?? 'the end'}`;
}

/** Partitions of other nodes' ranges in any SSTable of a node: what Cassandra's own verification says; [] = none. */
export async function strayRows(cluster: EmbeddedCluster, keyspace: string): Promise<readonly string[]> {
  const strays: string[] = [];
  for (const node of cluster.nodes) {
    await succeed(node, 'flush', keyspace);
    const { code, stdout, stderr } = await node.nodetool(
      'verify',
      '--force',
      '--extended-verify',
      '--check-tokens',
      keyspace,
    );
    if (code !== 0) strays.push(`${node.pod}: ${stdout}${stderr}`.slice(0, 500));
  }
  return strays;
}

async function untilPeersAre(node: EmbeddedNode, state: string, count: number): Promise<void> {
  const limit = Date.now() + 120_000;
  for (;;) {
    const { stdout } = await node.nodetool('status');
    if (stdout.split('\n').filter((line) => line.startsWith(state)).length === count) return;
    if (Date.now() > limit) throw new Error(`${node.pod} does not see ${count} nodes ${state}:\n${stdout}`);
    await delay(200);
  }
}

async function succeed(node: EmbeddedNode, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await node.nodetool(...args);
  if (code !== 0) throw new Error(`nodetool ${args.join(' ')} on ${node.pod}: ${stdout}${stderr}`);
}
