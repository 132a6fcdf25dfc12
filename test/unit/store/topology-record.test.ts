import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { parseTopology } from '../../../src/store/topology-record.ts';

const nodes = [
  { hostId: 'h', address: '10.0.0.1', dataCenter: 'dc1', rack: 'r1', tokens: ['-1', '5'] },
  { hostId: 'i', address: '10.0.0.2', dataCenter: 'dc1', rack: 'r2', tokens: [] },
];
const packed = (value: unknown) => gzipSync(JSON.stringify(value));

describe('parseTopology', () => {
  it('reads the ring as it was written', () => {
    expect(parseTopology(packed({ format: 1, nodes }), 't')).to.deep.equal(nodes);
  });

  for (const [what, bytes] of [
    ['no gzip', Buffer.from('{}')],
    ['cut', packed({ format: 1, nodes }).subarray(0, 20)],
    ['no JSON', gzipSync('{')],
    ['no object', packed(nodes)],
    ['of a newer format', packed({ format: 2, nodes })],
    ['a node without tokens', packed({ format: 1, nodes: [{ ...nodes[0], tokens: undefined }] })],
  ] as const) {
    it(`refuses what is ${what}, by its key`, () => {
      expect(() => parseTopology(bytes, 'the key'))
        .to.throw(CainError, 'the key')
        .with.property('code', 'CAIN_FORMAT');
    });
  }
});
