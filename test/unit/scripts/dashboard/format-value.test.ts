import { expect } from 'chai';
import { formatValue } from '../../../../scripts/dashboard/format-value.ts';

describe('formatValue', () => {
  const cases: ReadonlyArray<readonly [value: number, unit: string, text: string]> = [
    [0, 'bytes', '0 B'],
    [1536, 'bytes', '1.5 KiB'],
    [490 * 1024 ** 3, 'bytes', '490 GiB'],
    [42, 's', '42 s'],
    [822, 's', '13.7 min'],
    [3600, 's', '1 hour'],
    [86_400 * 14, 's', '2 weeks'],
    [0.0283, 'percentunit', '2.83%'],
    [72, 'none', '72'],
    [Number.NaN, 'bytes', '–'],
  ];
  for (const [value, unit, text] of cases) {
    it(`writes ${value} of unit ${unit} as ${text}`, () => {
      expect(formatValue(value, { unit })).to.equal(text);
    });
  }

  it('takes the word of a mapping', () => {
    const mappings = [{ options: { '0': { text: 'Failed', color: 'red' } } }];

    expect(formatValue(0, { mappings })).to.equal('Failed');
  });
});
