import { expect } from 'chai';
import { sample } from '../../../src/settings/sample.ts';

describe('sample', () => {
  it('reads a share and a part', () => {
    expect(sample.parse('5%')).to.deep.equal({ kind: 'percent', percent: 5 });
    expect(sample.parse('0.5 %')).to.deep.equal({ kind: 'percent', percent: 0.5 });
    expect(sample.parse('3/20')).to.deep.equal({ kind: 'part', part: 3, of: 20 });
  });

  for (const text of ['5', '0%', '101%', '0/3', '4/3', '1/0', '-1%', '1/2000', 'all', '']) {
    it(`refuses "${text}"`, () => {
      expect(sample.parse(text)).to.equal(undefined);
    });
  }
});
