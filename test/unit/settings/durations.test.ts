import { expect } from 'chai';
import fc from 'fast-check';
import { duration, parseDuration } from '../../../src/settings/durations.ts';

describe('parseDuration', () => {
  it('reads every unit', () => {
    const texts = ['250ms', '30s', '5m', '24h', '7d', '2w', '0s'];

    const values = texts.map(parseDuration);

    expect(values).to.deep.equal([250, 30_000, 300_000, 86_400_000, 604_800_000, 1_209_600_000, 0]);
  });

  it('adds up several units', () => {
    expect(parseDuration('1h30m')).to.equal(5_400_000);
  });

  for (const text of ['', '5', '5 m', '-5m', '1.5h', '5min', 'h', '5m ', 'm5', '99999999999999999w']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseDuration(text)).to.equal(undefined);
    });
  }

  it('gives back any number of seconds', () => {
    fc.assert(fc.property(fc.nat(), (seconds) => parseDuration(`${seconds}s`) === seconds * 1000));
  });
});

describe('duration', () => {
  it('refuses less than its minimum and says so', () => {
    const kind = duration('5s');

    expect(kind.parse('4999ms')).to.equal(undefined);
    expect(kind.parse('5s')).to.equal(5000);
    expect(kind.wanted).to.contain('at least 5s');
  });

  it('refuses more than its maximum and says so', () => {
    const kind = duration('1d', '10d');

    expect(kind.parse('10d1ms')).to.equal(undefined);
    expect(kind.parse('10d')).to.equal(864_000_000);
    expect(kind.wanted).to.contain('at most 10d');
  });
});
