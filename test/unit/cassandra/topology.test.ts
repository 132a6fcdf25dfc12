import { expect } from 'chai';
import { ringPositions } from '../../../src/cassandra/topology.ts';
import { CainError } from '../../../src/errors.ts';
import { murmur3, ringNode, ringOf } from '../../support/rings.ts';

describe('ringPositions', () => {
  const sorted = (partitioner: string, ...tokens: string[]): string[] => {
    const nodes = tokens.map((token, index) => ({
      ...ringNode(`h${index}`, 'dc1/r1', []),
      tokens: [token],
    }));
    return ringPositions({ partitioner, nodes }).map(({ token }) => token);
  };

  it('sorts numbers as numbers, however large', () => {
    const tokens = ['9223372036854775807', '9223372036854775806', '-1', '-10'];

    expect(sorted(murmur3, ...tokens)).to.deep.equal([
      '-10',
      '-1',
      '9223372036854775806',
      '9223372036854775807',
    ]);
    expect(sorted('RandomPartitioner', '100', '20')).to.deep.equal(['20', '100']);
  });

  it('sorts the tokens of other partitioners as text', () => {
    const partitioner = 'org.apache.cassandra.dht.ByteOrderedPartitioner';

    expect(sorted(partitioner, '20', '0100', '01')).to.deep.equal(['01', '0100', '20']);
  });

  it('tells who owns each token', () => {
    const a = ringNode('a', 'dc1/r1', [3, 1]);
    const b = ringNode('b', 'dc1/r1', [2]);

    expect(ringPositions(ringOf(a, b)).map(({ node }) => node)).to.deep.equal([a, b, a]);
  });

  it('refuses a ring in which two nodes own one token', () => {
    const ring = ringOf(ringNode('a', 'dc1/r1', [1]), ringNode('b', 'dc1/r1', [1]));

    expect(() => ringPositions(ring))
      .to.throw(CainError, /a and b both own the token 1/)
      .with.property('code', 'CAIN_NODE_DOWN');
  });
});
