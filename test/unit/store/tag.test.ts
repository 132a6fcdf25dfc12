import { expect } from 'chai';
import fc from 'fast-check';
import { CainError } from '../../../src/errors.ts';
import { isTag, makeTag, tagTime } from '../../../src/store/tag.ts';

describe('tag', () => {
  it('is the second of a time in UTC, in 14 digits', () => {
    expect(makeTag(new Date('2026-01-02T03:04:05.678Z'))).to.equal('20260102030405');
  });

  it('gives back its second', () => {
    expect(tagTime('20260102030405').toISOString()).to.equal('2026-01-02T03:04:05.000Z');
  });

  it('survives the way there and back, and sorts as text in the order of time', () => {
    const seconds = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(seconds, seconds, (one, other) => {
        const [first, second] = [makeTag(one), makeTag(other)];

        expect(isTag(first)).to.equal(true);
        expect(tagTime(first).getTime()).to.equal(Math.floor(one.getTime() / 1000) * 1000);
        expect(first < second).to.equal(tagTime(first) < tagTime(second));
      }),
    );
  });

  for (const text of [
    '',
    'latest',
    '2026010203040',
    '202601020304055',
    ' 20260102030405',
    '20260102030405\n',
    '2026010203040a',
    '٢٠٢٦٠١٠٢٠٣٠٤٠٥',
    '20261301000000',
    '20260001000000',
    '20260100000000',
    '20260132000000',
    '20260230000000',
    '20250229000000',
    '20260101240000',
    '20260101006000',
    '20260101000060',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(isTag(text)).to.equal(false);
      expect(() => tagTime(text))
        .to.throw(CainError)
        .with.property('code', 'CAIN_FORMAT');
    });
  }

  it('takes 29 February of a leap year', () => {
    expect(isTag('20240229235959')).to.equal(true);
  });

  it('makes no tag of a time that has none', () => {
    for (const date of [new Date(Number.NaN), new Date(8.64e15), new Date(-8.64e15)]) {
      expect(() => makeTag(date))
        .to.throw(CainError)
        .with.property('code', 'CAIN_TAG');
    }
  });
});
