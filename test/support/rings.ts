import fc from 'fast-check';
import type { Replication } from '../../src/cassandra/replication.ts';
import type { RingNode, TokenRing } from '../../src/cassandra/topology.ts';

export const murmur3 = 'org.apache.cassandra.dht.Murmur3Partitioner';

/** A node by `data centre/rack` and its tokens; it is called and reached by its host id. */
export function ringNode(hostId: string, place: string, tokens: readonly number[]): RingNode {
  const [dataCenter = '', rack = ''] = place.split('/');
  return { hostId, address: hostId, dataCenter, rack, tokens: tokens.map(String) };
}

export function ringOf(...nodes: readonly RingNode[]): TokenRing {
  return { partitioner: murmur3, nodes };
}

/** Rings of up to three data centres with up to four racks each; now and then a node without tokens. */
export const anyRing: fc.Arbitrary<TokenRing> = fc
  .record({
    tokens: fc.uniqueArray(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), {
      minLength: 1,
      maxLength: 40,
    }),
    places: fc.array(fc.tuple(fc.nat(2), fc.nat(3)), { minLength: 1, maxLength: 10 }),
    owners: fc.array(fc.nat(9), { minLength: 40, maxLength: 40 }),
  })
  .map(({ tokens, places, owners }) =>
    ringOf(
      ...places.map(([dataCenter, rack], index) => ({
        ...ringNode(`h${index}`, `dc${dataCenter}/r${rack}`, []),
        tokens: tokens.filter((_, at) => (owners[at] ?? 0) % places.length === index).map(String),
      })),
    ),
  );

export const anySimpleStrategy: fc.Arbitrary<Replication> = fc
  .nat(5)
  .map((replicationFactor) => ({ strategy: 'SimpleStrategy', replicationFactor }));

export const anyTopologyStrategy: fc.Arbitrary<
  Extract<Replication, { strategy: 'NetworkTopologyStrategy' }>
> = fc
  .dictionary(fc.constantFrom('dc0', 'dc1', 'dc2', 'dc9'), fc.nat(5))
  .map((replicationFactors) => ({ strategy: 'NetworkTopologyStrategy', replicationFactors }));
