import { types } from 'cassandra-driver';
import { expect } from 'chai';
import type { EmbeddedNode } from './embedded/cassandra-node.ts';
import type { EmbeddedCluster } from './embedded/cluster.ts';
import { checksumKeyspace, type KeyspaceChecksum } from './row-checksum.ts';

const mostStarts = 5;

/** For a keyspace of which every node holds all: reads it from each node alone, the others stopped. */
export async function expectRowsOnEachNode(
  cluster: EmbeddedCluster,
  keyspace: string,
  expected: KeyspaceChecksum,
): Promise<void> {
  for (const [index, node] of cluster.nodes.entries()) {
    const others = cluster.nodes.filter((other) => other !== node);
    await Promise.all(others.map((other) => other.stop()));
    const client = await cluster.cql({ node: index, consistency: types.consistencies.one });
    expect(await checksumKeyspace(client, keyspace), `rows on ${node.pod} alone`).to.deep.equal(expected);
    await client.shutdown();
    for (const other of others) await startAgain(other);
  }
}

/** A node that finds no peer within its short ring delay gives up: its peer still waits before it connects again. */
export async function startAgain(node: EmbeddedNode): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await node.start();
    } catch (error) {
      if (attempt === mostStarts) throw error;
    }
  }
}
