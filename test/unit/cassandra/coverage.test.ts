import { expect } from 'chai';
import fc from 'fast-check';
import { type Coverage, coverage } from '../../../src/cassandra/coverage.ts';
import type { Replication } from '../../../src/cassandra/replication.ts';
import type { TokenRing } from '../../../src/cassandra/topology.ts';
import { anyRing, anySimpleStrategy, anyTopologyStrategy, ringNode, ringOf } from '../../support/rings.ts';

const simple = (replicationFactor: number): Replication => ({
  strategy: 'SimpleStrategy',
  replicationFactor,
});
const topology = (replicationFactors: Record<string, number>): Replication => ({
  strategy: 'NetworkTopologyStrategy',
  replicationFactors,
});

const five = ringOf(
  ringNode('a', 'dc1/r1', [1]),
  ringNode('b', 'dc1/r1', [2]),
  ringNode('c', 'dc1/r1', [3]),
  ringNode('d', 'dc1/r1', [4]),
  ringNode('e', 'dc1/r1', [5]),
);

const twoCentres = ringOf(
  ringNode('a1', 'dc1/r1', [10]),
  ringNode('a2', 'dc1/r2', [20]),
  ringNode('a3', 'dc1/r3', [30]),
  ringNode('b1', 'dc2/r1', [11]),
  ringNode('b2', 'dc2/r2', [21]),
  ringNode('b3', 'dc2/r3', [31]),
);

function verdictOf(
  ring: TokenRing,
  replication: Replication,
  present: readonly string[],
): Coverage['verdict'] {
  return coverage({ ring, replications: { shop: replication }, presentHostIds: new Set(present) }).verdict;
}

describe('coverage', () => {
  it('is whole when every owner is there', () => {
    expect(
      coverage({ ring: five, replications: { shop: simple(3) }, presentHostIds: new Set('abcde') }),
    ).to.deep.equal({ verdict: 'whole', keyspaces: { shop: 'whole' }, missing: [] });
  });

  it('is whole without nodes that own no range of the keyspace', () => {
    expect(verdictOf(twoCentres, topology({ dc1: 2 }), ['a1', 'a2', 'a3'])).to.equal('whole');
    expect(verdictOf(ringOf(...five.nodes, ringNode('f', 'dc1/r1', [])), simple(1), [...'abcde'])).to.equal(
      'whole',
    );
  });

  it('is a quorum while each range has a majority, else single, else none', () => {
    expect(verdictOf(five, simple(3), [...'abcd'])).to.equal('quorum');
    expect(verdictOf(five, simple(3), [...'abd'])).to.equal('single');
    expect(verdictOf(five, simple(3), [...'ad'])).to.equal('single');
    expect(verdictOf(five, simple(3), [...'ab'])).to.equal('none');
    expect(verdictOf(five, simple(1), [...'abcd'])).to.equal('none');
    expect(verdictOf(five, simple(3), [])).to.equal('none');
  });

  it('takes one of two replicas for no majority', () => {
    expect(verdictOf(five, simple(2), [...'abcd'])).to.equal('single');
  });

  it('is a quorum with a majority in one data centre, and none of another', () => {
    const replication = topology({ dc1: 3, dc2: 3 });

    expect(verdictOf(twoCentres, replication, ['a1', 'a2'])).to.equal('quorum');
    expect(verdictOf(twoCentres, replication, ['a1', 'b1'])).to.equal('single');
  });

  it('knows no data centres for SimpleStrategy', () => {
    // Of dc1 two of three are there, yet of the six replicas two.
    expect(verdictOf(twoCentres, simple(6), ['a1', 'a2'])).to.equal('single');
    expect(verdictOf(twoCentres, simple(6), ['a1', 'a2', 'a3', 'b1'])).to.equal('quorum');
  });

  it('is as bad as the worst keyspace, and tells which range made it so', () => {
    const result = coverage({
      ring: five,
      replications: { shop: simple(3), other: simple(1), third: simple(5) },
      presentHostIds: new Set('abce'),
    });

    expect(result).to.deep.equal({
      verdict: 'none',
      keyspaces: { shop: 'quorum', other: 'none', third: 'quorum' },
      missing: ['d'],
      weakest: { keyspace: 'other', rangeEnd: '4', replicas: ['d'], present: [] },
    });
  });

  it('does not need nodes for rows that each node keeps for itself, yet is not whole without them', () => {
    const local: Replication = { strategy: 'LocalStrategy' };

    expect(verdictOf(five, local, [...'abcde'])).to.equal('whole');
    expect(
      coverage({ ring: five, replications: { system: local }, presentHostIds: new Set('abcd') }),
    ).to.deep.equal({ verdict: 'quorum', keyspaces: { system: 'quorum' }, missing: ['e'] });
  });

  it('passes over host ids that are not in the ring', () => {
    expect(verdictOf(five, simple(1), [...'abcdex'])).to.equal('whole');
  });

  it('never gets worse when one more node takes part, and is whole just when nobody is missing', () => {
    const ranks = ['none', 'single', 'quorum', 'whole'];
    const strategies = fc.oneof(anySimpleStrategy, anyTopologyStrategy);
    fc.assert(
      fc.property(anyRing, strategies, fc.array(fc.nat(9)), fc.nat(9), (ring, replication, indexes, more) => {
        const idsOf = (chosen: readonly number[]): ReadonlySet<string> =>
          new Set(chosen.map((index) => ring.nodes[index % ring.nodes.length]?.hostId ?? ''));
        const replications = { shop: replication };

        const fewer = coverage({ ring, replications, presentHostIds: idsOf(indexes) });
        const with1More = coverage({ ring, replications, presentHostIds: idsOf([...indexes, more]) });

        expect(ranks.indexOf(with1More.verdict)).to.be.at.least(ranks.indexOf(fewer.verdict));
        expect(fewer.verdict === 'whole').to.equal(fewer.missing.length === 0);
        expect(fewer.verdict === 'whole').to.equal(fewer.weakest === undefined);
      }),
    );
  });
});
