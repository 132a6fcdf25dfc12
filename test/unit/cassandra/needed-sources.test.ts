import { expect } from 'chai';
import fc from 'fast-check';
import { neededSources } from '../../../src/cassandra/needed-sources.ts';
import { replicaSets } from '../../../src/cassandra/replica-sets.ts';
import type { Replication } from '../../../src/cassandra/replication.ts';
import type { ReplicatedRing } from '../../../src/cassandra/ring-comparison.ts';
import { anyRing, anySimpleStrategy, anyTopologyStrategy, ringNode, ringOf } from '../../support/rings.ts';

const copies = (replicationFactor: number): Replication => ({
  strategy: 'SimpleStrategy',
  replicationFactor,
});

function needs(backup: ReplicatedRing, cluster: ReplicatedRing): Record<string, string[]> {
  return Object.fromEntries(
    [...neededSources(backup, cluster)].map(([node, from]) => [node, [...from].toSorted()]),
  );
}

const three = ringOf(
  ringNode('a', 'dc1/r', [0]),
  ringNode('b', 'dc1/r', [100]),
  ringNode('c', 'dc1/r', [200]),
);

describe('needed sources', () => {
  it('are a node itself where the topology is the same and there is one copy', () => {
    const side = { ring: three, replication: copies(1) };

    expect(needs(side, side)).to.deep.equal({ a: ['a'], b: ['b'], c: ['c'] });
  });

  it('are all for one node, and the one for all', () => {
    const one = { ring: ringOf(ringNode('x', 'dc1/r', [50])), replication: copies(1) };
    const many = { ring: three, replication: copies(2) };

    expect(needs(many, one)).to.deep.equal({ x: ['a', 'b', 'c'] });
    expect(needs(one, many)).to.deep.equal({ a: ['x'], b: ['x'], c: ['x'] });
  });

  it('leave out nodes that kept nothing of what a node is to keep', () => {
    const five = ringOf(
      ringNode('v', 'dc1/r', [0]),
      ringNode('w', 'dc1/r', [50]),
      ringNode('x', 'dc1/r', [100]),
      ringNode('y', 'dc1/r', [150]),
      ringNode('z', 'dc1/r', [200]),
    );

    expect(
      needs({ ring: three, replication: copies(1) }, { ring: five, replication: copies(1) }),
    ).to.deep.equal({
      v: ['a'],
      w: ['b'],
      x: ['b'],
      y: ['c'],
      z: ['c'],
    });
  });

  it('are none for a data centre that keeps nothing', () => {
    const ring = ringOf(ringNode('a', 'dc1/r', [0]), ringNode('b', 'dc2/r', [100]));
    const replication: Replication = { strategy: 'NetworkTopologyStrategy', replicationFactors: { dc2: 1 } };

    expect(needs({ ring: three, replication: copies(1) }, { ring, replication })).to.have.all.keys('b');
  });

  it('hold every holder of every token, however the rings lie', () => {
    const anyReplication = fc.oneof(anySimpleStrategy, anyTopologyStrategy);
    const anyToken = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

    fc.assert(
      fc.property(anyRing, anyReplication, anyRing, anyReplication, anyToken, (ringA, a, ringB, b, token) => {
        const backup = { ring: ringA, replication: a };
        const cluster = { ring: ringB, replication: b };
        const needed = neededSources(backup, cluster);
        for (const owner of replicasOf(cluster, token)) {
          for (const holder of replicasOf(backup, token))
            expect(needed.get(owner)?.has(holder)).to.equal(true);
        }
      }),
    );
  });
});

function replicasOf({ ring, replication }: ReplicatedRing, token: bigint): readonly string[] {
  const sets = [...replicaSets(ring, replication)];
  return (sets.find(({ rangeEnd }) => BigInt(rangeEnd) >= token) ?? sets[0])?.replicas ?? [];
}
