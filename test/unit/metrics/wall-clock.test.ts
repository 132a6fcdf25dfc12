import { expect } from 'chai';
import { instantsOf, offsetsOf, wallTimeBefore } from '../../../src/metrics/wall-clock.ts';

const hourMs = 3_600_000;
const berlin = offsetsOf('Europe/Berlin');

describe('offsetsOf', () => {
  it('is how far the clocks are ahead of UTC, by the season', () => {
    expect(berlin(Date.parse('2026-01-01T00:00:00.999Z'))).to.equal(hourMs);
    expect(berlin(Date.parse('2026-07-01T00:00:00Z'))).to.equal(2 * hourMs);
    expect(offsetsOf('UTC')(0)).to.equal(0);
    expect(offsetsOf('Asia/Kolkata')(0)).to.equal(5.5 * hourMs);
    expect(offsetsOf('America/New_York')(Date.parse('2026-01-01T00:00:00Z'))).to.equal(-5 * hourMs);
  });

  it('is right at midnight, which some locales write as 24:00', () => {
    expect(berlin(Date.parse('2026-01-01T23:00:00Z'))).to.equal(hourMs);
  });
});

describe('instantsOf', () => {
  function instants(wallTime: string): string[] {
    const { instantsMs } = instantsOf(Date.parse(`${wallTime}Z`), berlin);
    return instantsMs.map((instantMs) => new Date(instantMs).toISOString().slice(0, 16)).sort();
  }

  it('finds the one instant of an ordinary time', () => {
    expect(instants('2026-11-22T02:30:00')).to.deep.equal(['2026-11-22T01:30']);
    expect(instants('2026-03-29T01:59:00')).to.deep.equal(['2026-03-29T00:59']);
    expect(instants('2026-03-29T03:00:00')).to.deep.equal(['2026-03-29T01:00']);
  });

  it('finds none of a time that the clocks skip', () => {
    expect(instants('2026-03-29T02:30:00')).to.deep.equal([]);
  });

  it('finds both of a time that comes twice', () => {
    expect(instants('2026-10-25T02:30:00')).to.deep.equal(['2026-10-25T00:30', '2026-10-25T01:30']);
  });
});

describe('wallTimeBefore', () => {
  it('goes back as far as the clocks will on that day', () => {
    const before = wallTimeBefore(Date.parse('2026-10-25T00:45:00Z'), berlin);

    expect(new Date(before).toISOString()).to.equal('2026-10-25T01:45:00.000Z');
  });
});
