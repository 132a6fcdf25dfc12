import { expect } from 'chai';
import { bucketOf, isoWeek } from '../../../src/retention/buckets.ts';

describe('bucketOf', () => {
  const time = new Date('2026-11-22T18:45:01Z');

  it('names hour, day, month and year in UTC', () => {
    expect(bucketOf('hourly', time)).to.equal('2026-11-22T18');
    expect(bucketOf('daily', time)).to.equal('2026-11-22');
    expect(bucketOf('weekly', time)).to.equal('2026-W47');
    expect(bucketOf('monthly', time)).to.equal('2026-11');
    expect(bucketOf('yearly', time)).to.equal('2026');
  });
});

describe('isoWeek', () => {
  // As `date -u -d DAY +%G-W%V` prints them.
  const weeks = {
    '2026-11-22': '2026-W47', // a Sunday, the last day of its week
    '2026-11-23': '2026-W48',
    '2025-12-28': '2025-W52',
    '2025-12-29': '2026-W01', // a Monday in December, already in the next year's first week
    '2026-01-01': '2026-W01',
    '2021-01-03': '2020-W53', // a Sunday in January, still in the last year's week 53
    '2021-01-04': '2021-W01',
    '2027-01-01': '2026-W53',
    '2024-12-30': '2025-W01',
    '2024-02-29': '2024-W09',
  };
  for (const [day, week] of Object.entries(weeks)) {
    it(`puts ${day} into ${week}, from its first to its last second`, () => {
      expect(isoWeek(new Date(`${day}T00:00:00Z`))).to.equal(week);
      expect(isoWeek(new Date(`${day}T23:59:59.999Z`))).to.equal(week);
    });
  }
});
