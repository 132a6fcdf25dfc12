import { expect } from 'chai';
import fc from 'fast-check';
import type { Replication } from '../../../src/cassandra/replication.ts';
import { compareReplicaSets, compareRings } from '../../../src/cassandra/ring-comparison.ts';
import type { TokenRing } from '../../../src/cassandra/topology.ts';
import { anyRing, anyTopologyStrategy, ringNode, ringOf } from '../../support/rings.ts';

const same = (ring: TokenRing): Map<string, string> =>
  new Map(ring.nodes.map(({ hostId }) => [hostId, hostId]));

const backup = ringOf(ringNode('a', 'dc1/r1', [1, 2, 3]), ringNode('b', 'dc1/r2', [4]));

describe('compareRings', () => {
  it('finds no difference between a ring and itself, also under new host ids', () => {
    const renamed = ringOf(ringNode('x', 'dc1/r1', [3, 2, 1]), ringNode('y', 'dc1/r2', [4]));

    expect(compareRings(backup, backup, same(backup))).to.deep.equal([]);
    expect(
      compareRings(
        backup,
        renamed,
        new Map([
          ['a', 'x'],
          ['b', 'y'],
        ]),
      ),
    ).to.deep.equal([]);
  });

  it('tells other tokens, racks, data centres and partitioners', () => {
    const cluster = {
      partitioner: 'org.apache.cassandra.dht.RandomPartitioner',
      nodes: [ringNode('a', 'dc1/r9', [1, 7]), ringNode('b', 'dc2/r2', [4, 8])],
    };

    expect(compareRings(backup, cluster, same(backup))).to.deep.equal([
      'The partitioner is org.apache.cassandra.dht.RandomPartitioner, in the backup org.apache.cassandra.dht.Murmur3Partitioner',
      'Node a (a) is in rack r9, in the backup r1',
      'Node a (a) has other tokens: lacks 2 and 1 more, has 7',
      'Node b (b) is in data centre dc2, in the backup dc1',
      'Node b (b) has other tokens: has 8',
    ]);
  });

  it('tells nodes that are on one side only', () => {
    const cluster = ringOf(
      ringNode('a', 'dc1/r1', [1, 2, 3]),
      ringNode('c', 'dc1/r1', [9]),
      ringNode('d', 'dc1/r1', []),
    );

    expect(compareRings(backup, cluster, same(backup))).to.deep.equal([
      "The backup's node b (b) has no node in the cluster",
      "The cluster's node c (c) owns tokens and is no node of the backup",
    ]);
  });

  it('tells a node that would be two', () => {
    const mapping = new Map([
      ['a', 'a'],
      ['b', 'a'],
    ]);

    expect(compareRings(backup, backup, mapping)).to.deep.equal([
      'Node a (a) would be both a (a) and b (b)',
      "The cluster's node b (b) owns tokens and is no node of the backup",
    ]);
  });

  it('does not care for the package of a partitioner', () => {
    expect(
      compareRings({ ...backup, partitioner: 'Murmur3Partitioner' }, backup, same(backup)),
    ).to.deep.equal([]);
  });
});

describe('compareReplicaSets', () => {
  const simple = (replicationFactor: number): Replication => ({
    strategy: 'SimpleStrategy',
    replicationFactor,
  });
  const local: Replication = { strategy: 'LocalStrategy' };
  const compare = (ring: TokenRing, replication: Replication, mapping = same(backup)): string | undefined =>
    compareReplicaSets({ ring: backup, replication: simple(1) }, { ring, replication }, mapping);

  it('finds all the same, whatever racks are called', () => {
    const renamed = ringOf(ringNode('x', 'dc7/r1', [1, 2, 3]), ringNode('y', 'dc7/r1', [4]));

    expect(compare(backup, simple(1))).to.equal(undefined);
    expect(
      compare(
        renamed,
        simple(1),
        new Map([
          ['a', 'x'],
          ['b', 'y'],
        ]),
      ),
    ).to.equal(undefined);
    expect(compare(backup, { strategy: 'NetworkTopologyStrategy', replicationFactors: { dc1: 1 } })).to.equal(
      undefined,
    );
  });

  it('tells the first range with other replicas', () => {
    const swapped = new Map([
      ['a', 'b'],
      ['b', 'a'],
    ]);
    const words = 'The range that ends at 1 has other replicas than in the backup';

    expect(compare(backup, simple(2))).to.equal(words);
    expect(compare(backup, simple(1), swapped)).to.equal(words);
    expect(compare(backup, simple(1), new Map())).to.equal(words);
  });

  it('tells ranges that end elsewhere', () => {
    const nodes = (tokens: number[]): TokenRing =>
      ringOf(ringNode('a', 'dc1/r1', tokens), ringNode('b', 'dc1/r2', [4]));

    expect(compare(nodes([1, 2]), simple(1))).to.equal('No range of the cluster ends at 3');
    expect(compare(nodes([1, 2, 3, 5]), simple(1))).to.equal('No range of the backup ends at 5');
  });

  it('tells a keyspace whose rows became local', () => {
    expect(compare(backup, local)).to.equal('The replication is LocalStrategy, in the backup SimpleStrategy');
    expect(
      compareReplicaSets(
        { ring: backup, replication: local },
        { ring: backup, replication: local },
        same(backup),
      ),
    ).to.equal(undefined);
  });

  it('finds every ring the same as itself under new host ids', () => {
    fc.assert(
      fc.property(anyRing, anyTopologyStrategy, (ring, replication) => {
        const nodes = ring.nodes.map((node) => ({ ...node, hostId: `new ${node.hostId}` }));
        const mapping = new Map(ring.nodes.map(({ hostId }) => [hostId, `new ${hostId}`]));
        const cluster = { ...ring, nodes };

        expect(compareRings(ring, cluster, mapping)).to.deep.equal([]);
        expect(compareReplicaSets({ ring, replication }, { ring: cluster, replication }, mapping)).to.equal(
          undefined,
        );
      }),
    );
  });
});
