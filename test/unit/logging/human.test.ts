import { expect } from 'chai';
import { humanBytes, humanCount, humanDuration } from '../../../src/logging/human.ts';

describe('humanBytes', () => {
  it('takes the unit that reads best', () => {
    const amounts = [0, 1023, 1024, 1536, 1024 ** 2 - 1, 5 * 1024 ** 3, 3 * 1024 ** 5, -1536];

    expect(amounts.map(humanBytes)).to.deep.equal([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '1.0 MiB',
      '5.0 GiB',
      '3.0 PiB',
      '-1.5 KiB',
    ]);
  });
});

describe('humanDuration', () => {
  it('takes two units at most', () => {
    const durations = [0, 350, 4200, 59_990, 200_000, 3_599_000, 7_500_000];

    expect(durations.map(humanDuration)).to.deep.equal([
      '0 ms',
      '350 ms',
      '4.2 s',
      '1 min 0 s',
      '3 min 20 s',
      '59 min 59 s',
      '2 h 5 min',
    ]);
  });
});

describe('humanCount', () => {
  it('parts thousands', () => {
    expect([0, 999, 1000, 1234567].map(humanCount)).to.deep.equal(['0', '999', '1,000', '1,234,567']);
  });
});
