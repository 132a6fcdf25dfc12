import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { collectedText } from '../../../src/kubernetes/collected-text.ts';

describe('collectedText', () => {
  it('joins chunks before it decodes them', () => {
    const collected = collectedText(100, 'Listing');
    const bytes = Buffer.from('Grüße');

    for (const byte of bytes) collected.add(Buffer.from([byte]));

    expect(collected.text()).to.equal('Grüße');
  });

  it('takes just as much as its limit, and refuses more rather than to leave a gap', () => {
    const collected = collectedText(4, 'Listing in pod-1');
    collected.add(Buffer.from('1234'));

    expect(() => collected.add(Buffer.from('5')))
      .to.throw(CainError, 'Listing in pod-1 printed more than 4 bytes')
      .with.property('code', 'CAIN_OUTPUT_UNREADABLE');
  });
});
