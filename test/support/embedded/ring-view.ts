import { types } from 'cassandra-driver';
import type { EmbeddedNode } from './cassandra-node.ts';
import { type CqlOptions, connectCql } from './cql.ts';

export interface RingViewOptions extends CqlOptions {
  /** Each node has to have the same schema as the others, too; default false. */
  readonly sameSchema?: boolean;
}

/**
 * Resolves when every node has heard of every other and of its schema. A node takes connections before; a driver that
 * asks it then believes that it is the whole ring and that its schema is agreed on, and a change made there does not
 * reach the others for a minute.
 */
export async function untilAllKnown(
  nodes: readonly EmbeddedNode[],
  options: RingViewOptions,
  limitMs = 120_000,
): Promise<void> {
  const limit = Date.now() + limitMs;
  for (const node of nodes) {
    for (;;) {
      const known = await knownPeers(node, options).catch((cause: Error) => cause);
      if (known === nodes.length - 1) break;
      if (Date.now() > limit) {
        const what =
          known instanceof Error ? `does not say whom it knows: ${known.message}` : `knows ${known}`;
        throw new Error(`${node.pod} ${what}, ${limitMs / 1000} s after the ring of ${nodes.length} started`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function knownPeers({ address }: EmbeddedNode, options: RingViewOptions): Promise<number> {
  const client = await connectCql(address, { ...options, alone: true, consistency: types.consistencies.one });
  try {
    const { rows } = await client.execute('SELECT schema_version FROM system.peers');
    const own = (await client.execute('SELECT schema_version FROM system.local')).first();
    return rows.filter(({ schema_version: version }) =>
      options.sameSchema ? String(version) === String(own?.schema_version) : version !== null,
    ).length;
  } finally {
    await client.shutdown();
  }
}
