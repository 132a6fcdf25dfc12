import { expect } from 'chai';
import fc from 'fast-check';
import { replicaSets } from '../../../src/cassandra/replica-sets.ts';
import { parseReplication, type Replication } from '../../../src/cassandra/replication.ts';
import type { RingNode, TokenRing } from '../../../src/cassandra/topology.ts';
import { readFixture, readSample } from '../../support/cassandra-samples.ts';
import { anyRing, anySimpleStrategy, anyTopologyStrategy, ringNode, ringOf } from '../../support/rings.ts';

const setsOf = (ring: TokenRing, replication: Replication): Record<string, readonly string[]> =>
  Object.fromEntries(
    [...replicaSets(ring, replication)].map(({ rangeEnd, replicas }) => [rangeEnd, replicas]),
  );

const simple = (replicationFactor: number): Replication => ({
  strategy: 'SimpleStrategy',
  replicationFactor,
});
const topology = (replicationFactors: Record<string, number>): Replication => ({
  strategy: 'NetworkTopologyStrategy',
  replicationFactors,
});

/** The ring of a `nodetool ring`; host ids are the addresses. */
function ringOfSample(): TokenRing {
  const nodes = new Map<string, RingNode & { tokens: string[] }>();
  const row = /^(\S+) +(\S+) +Up +Normal .* (-?\d+) *$/gm;
  for (const [, address = '', rack = '', token = ''] of readSample('5.0.9-ring3/ring').stdout.matchAll(row)) {
    const node = nodes.get(address) ?? { hostId: address, address, dataCenter: 'dc1', rack, tokens: [] };
    nodes.set(address, node);
    node.tokens.push(token);
  }
  return ringOf(...nodes.values());
}

describe('replicaSets', () => {
  it("agrees with a real ring's describering", () => {
    const ranges = /TokenRange\(start_token:-?\d+, end_token:(-?\d+), endpoints:\[([^\]]*)\]/g;
    const described = [...readSample('5.0.9-ring3/describering').stdout.matchAll(ranges)].map(
      ([, end = '', endpoints = '']) => [end, endpoints.split(', ')],
    );

    expect(described).to.have.length(48);
    expect(setsOf(ringOfSample(), topology({ dc1: 2 }))).to.deep.equal(Object.fromEntries(described));
  });

  it("agrees with Cassandra's own classes on rings with racks and data centres", () => {
    interface Case {
      readonly nodes: readonly RingNode[];
      readonly strategies: ReadonlyArray<{
        readonly replication: Record<string, string>;
        readonly ranges: Record<string, string[]>;
      }>;
    }
    const cases = readFixture('5.0.9/replica-sets.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Case);

    expect(cases).to.have.length(24);
    for (const { nodes, strategies } of cases) {
      for (const { replication, ranges } of strategies) {
        expect(setsOf(ringOf(...nodes), parseReplication('ks', replication))).to.deep.equal(ranges);
      }
    }
  });

  it('takes the next nodes around the ring for SimpleStrategy', () => {
    const ring = ringOf(
      ringNode('a', 'dc1/r1', [-10, 30]),
      ringNode('b', 'dc2/r1', [2]),
      ringNode('c', 'dc1/r1', [10]),
    );

    expect(setsOf(ring, simple(2))).to.deep.equal({
      '-10': ['a', 'b'],
      2: ['b', 'c'],
      10: ['c', 'a'],
      30: ['a', 'b'],
    });
    expect(setsOf(ring, simple(9))['2']).to.deep.equal(['b', 'c', 'a']);
    expect(setsOf(ring, simple(0))['2']).to.deep.equal([]);
  });

  it('takes another rack before a second node of one', () => {
    const ring = ringOf(
      ringNode('a', 'dc1/r1', [1]),
      ringNode('b', 'dc1/r1', [2]),
      ringNode('c', 'dc1/r2', [3]),
      ringNode('d', 'dc1/r2', [4]),
    );

    expect(setsOf(ring, topology({ dc1: 2 }))).to.deep.equal({
      1: ['a', 'c'],
      2: ['b', 'c'],
      3: ['c', 'a'],
      4: ['d', 'a'],
    });
  });

  it('lets racks repeat where there are fewer racks than replicas, the first nodes first', () => {
    const ring = ringOf(
      ringNode('a', 'dc1/r1', [1]),
      ringNode('b', 'dc1/r1', [2]),
      ringNode('c', 'dc1/r1', [3]),
      ringNode('d', 'dc1/r2', [4]),
    );

    expect(setsOf(ring, topology({ dc1: 3 }))).to.deep.equal({
      1: ['a', 'b', 'd'],
      2: ['b', 'c', 'd'],
      3: ['c', 'd', 'a'],
      4: ['d', 'a', 'b'],
    });
  });

  it('fills each data centre for itself, and takes racks of one name in two of them for two', () => {
    const ring = ringOf(
      ringNode('a', 'dc1/r1', [1]),
      ringNode('b', 'dc2/r1', [2]),
      ringNode('c', 'dc1/r2', [3]),
    );

    expect(setsOf(ring, topology({ dc1: 1, dc2: 1 }))).to.deep.equal({
      1: ['a', 'b'],
      2: ['b', 'c'],
      3: ['c', 'b'],
    });
    expect(setsOf(ring, topology({ dc2: 3 }))).to.deep.equal({ 1: ['b'], 2: ['b'], 3: ['b'] });
    expect(setsOf(ring, topology({ DC1: 3 }))).to.deep.equal({ 1: [], 2: [], 3: [] });
  });

  it('gives all nodes for EverywhereStrategy and no range for LocalStrategy', () => {
    const ring = ringOf(ringNode('a', 'dc1/r1', [1]), ringNode('b', 'dc2/r1', [2]));

    expect(setsOf(ring, { strategy: 'EverywhereStrategy' })).to.deep.equal({ 1: ['a', 'b'], 2: ['b', 'a'] });
    expect(setsOf(ring, { strategy: 'LocalStrategy' })).to.deep.equal({});
  });

  describe('for any ring', () => {
    const ownersOf = ({ nodes }: TokenRing): readonly RingNode[] =>
      nodes.filter(({ tokens }) => tokens.length > 0);

    it('gives each token a range, in order, and each range different members of the ring', () => {
      fc.assert(
        fc.property(anyRing, fc.oneof(anySimpleStrategy, anyTopologyStrategy), (ring, replication) => {
          const sets = [...replicaSets(ring, replication)];

          const ends = sets.map(({ rangeEnd }) => BigInt(rangeEnd));
          const tokens = ring.nodes.flatMap((node) => node.tokens.map(BigInt));
          expect(ends).to.deep.equal(tokens.sort((left, right) => (left < right ? -1 : 1)));
          const members = ownersOf(ring).map(({ hostId }) => hostId);
          for (const { replicas } of sets) {
            expect(new Set(replicas).size).to.equal(replicas.length);
            expect(members).to.include.members([...replicas]);
          }
        }),
      );
    });

    it('gives SimpleStrategy its number, the owner of the token first', () => {
      fc.assert(
        fc.property(anyRing, fc.integer({ min: 1, max: 5 }), (ring, factor) => {
          const owners = new Map(
            ring.nodes.flatMap(({ hostId, tokens }) => tokens.map((token) => [token, hostId])),
          );

          for (const { rangeEnd, replicas } of replicaSets(ring, simple(factor))) {
            expect(replicas).to.have.length(Math.min(factor, ownersOf(ring).length));
            expect(replicas[0]).to.equal(owners.get(rangeEnd));
          }
        }),
      );
    });

    it('gives each data centre its number, on as many racks as can be', () => {
      fc.assert(
        fc.property(anyRing, anyTopologyStrategy, (ring, replication) => {
          const { replicationFactors } = replication;
          for (const { replicas } of replicaSets(ring, replication)) {
            for (const dataCenter of ['dc0', 'dc1', 'dc2']) {
              const inside = ownersOf(ring).filter((node) => node.dataCenter === dataCenter);
              const chosen = inside.filter(({ hostId }) => replicas.includes(hostId));
              const racksOf = (nodes: readonly RingNode[]): number =>
                new Set(nodes.map(({ rack }) => rack)).size;

              expect(chosen).to.have.length(Math.min(replicationFactors[dataCenter] ?? 0, inside.length));
              expect(racksOf(chosen)).to.equal(Math.min(racksOf(inside), chosen.length));
            }
          }
        }),
      );
    });

    it('does not depend on the order in which nodes and tokens are listed', () => {
      fc.assert(
        fc.property(anyRing, anyTopologyStrategy, (ring, replication) => {
          const reversed = ring.nodes
            .map((node) => ({ ...node, tokens: node.tokens.toReversed() }))
            .toReversed();

          expect(setsOf({ ...ring, nodes: reversed }, replication)).to.deep.equal(setsOf(ring, replication));
        }),
      );
    });
  });
});
