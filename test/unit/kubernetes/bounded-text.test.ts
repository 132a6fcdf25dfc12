import { expect } from 'chai';
import { boundedText } from '../../../src/kubernetes/bounded-text.ts';

describe('boundedText', () => {
  it('keeps all of a short text', () => {
    const text = boundedText(10);
    for (const part of ['abc', 'def', 'ghij']) text.add(Buffer.from(part));

    expect(text.text()).to.equal('abcdefghij');
  });

  it('keeps both ends of a long one and says how much is left out', () => {
    const text = boundedText(10);
    for (let index = 0; index < 100; index++) text.add(Buffer.from(String(index % 10)));

    expect(text.text()).to.equal('01234\n… 90 bytes left out …\n56789');
  });
});
