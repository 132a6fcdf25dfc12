import { expect } from 'chai';
import { endOfOutput, parseSections, sectionMark } from '../../../src/cassandra/pod-script.ts';

describe('parseSections', () => {
  it('gives what stands between the marks byte for byte, and all of one name in order', () => {
    const text = ['noise before\n', 'a\n1\n\n', 'b\n', 'a\n  2'].join(sectionMark) + endOfOutput;

    const sections = parseSections(text);

    expect(Object.fromEntries(sections)).to.deep.equal({ a: ['1\n\n', '  2'], b: [''], end: [''] });
  });

  it('gives nothing for nothing', () => {
    expect(parseSections('').size).to.equal(0);
  });
});
