import { expect } from 'chai';
import { parseGoDuration } from '../../../src/metrics/go-duration.ts';

describe('parseGoDuration', () => {
  const taken: Readonly<Record<string, number>> = {
    '0': 0,
    '+0': 0,
    '0s': 0,
    '1h30m': 5_400_000,
    '1.5h': 5_400_000,
    '.5s': 500,
    '5.s': 5000,
    '2s3ms': 2003,
    '30m1h': 5_400_000,
    '-1m': -60_000,
    '+1m': 60_000,
    '1000us': 1,
    '1000µs': 1,
    '1000μs': 1,
    '1000000ns': 1,
    '2562047h': 9_223_369_200_000,
  };
  for (const [text, milliseconds] of Object.entries(taken)) {
    it(`takes ${text}`, () => {
      expect(parseGoDuration(text)).to.be.closeTo(milliseconds, 1e-6);
    });
  }

  const refused = ['', '-', '1', '1d', '1w', 'h', '1h30', ' 1h', '1h ', '1h 30m', '1e3s', '.s', '1.2.3s'];
  for (const text of [...refused, '--1h', '1H', '٣h', '2562048h']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseGoDuration(text)).to.equal(undefined);
    });
  }
});
