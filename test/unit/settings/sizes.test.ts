import { expect } from 'chai';
import fc from 'fast-check';
import { parseSize, size } from '../../../src/settings/sizes.ts';

describe('parseSize', () => {
  it('reads bytes, binary and decimal units', () => {
    const texts = ['8388608', '8MiB', '8Mi', '8 MiB', '1.5GiB', '100MB', '2k', '1TiB', '12B'];

    const values = texts.map(parseSize);

    expect(values).to.deep.equal([
      8388608, 8388608, 8388608, 8388608, 1610612736, 100_000_000, 2000, 1099511627776, 12,
    ]);
  });

  for (const text of [
    '',
    'MiB',
    '-1',
    '1.5',
    '1.0001KiB',
    '8 M iB',
    '8MiBB',
    '0x10',
    '1e6',
    '9999999TiB',
    '5i',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseSize(text)).to.equal(undefined);
    });
  }

  it('gives back any number of MiB', () => {
    fc.assert(fc.property(fc.nat(1e6), (amount) => parseSize(`${amount}MiB`) === amount * 1024 * 1024));
  });
});

describe('size', () => {
  it('holds to its limits and names them', () => {
    const kind = size({ min: '5MiB', max: '5GiB' });

    expect(kind.parse('5242879')).to.equal(undefined);
    expect(kind.parse('5242880')).to.equal(5242880);
    expect(kind.parse('5GiB')).to.equal(5 * 1024 ** 3);
    expect(kind.parse('6GiB')).to.equal(undefined);
    expect(kind.wanted).to.contain('at least 5MiB').and.to.contain('at most 5GiB');
  });
});
