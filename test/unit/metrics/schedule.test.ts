import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import {
  intervalSeconds,
  nextRun,
  parseSchedule,
  type Schedule,
  scheduleReport,
} from '../../../src/metrics/schedule.ts';

// A Sunday.
const now = new Date('2026-11-22T12:34:56.789Z');

function runs(schedule: Schedule, from: string, count: number): string[] {
  const found: string[] = [];
  let run: Date | undefined = new Date(from);
  while (found.length < count) {
    run = nextRun(schedule, run);
    if (!run) break;
    found.push(run.toISOString().slice(0, 16));
  }
  return found;
}

describe('parseSchedule', () => {
  for (const text of [
    '0 2 * * *',
    '*/5 * * * ?',
    '0 2 * JAN-dec mon-fri',
    '@yearly',
    '@annually',
    '@monthly',
    '@weekly',
    '@daily',
    '@midnight',
    '@hourly',
    '@every 6h',
    '@every 1h30m',
  ]) {
    it(`takes ${text}`, () => {
      expect(nextRun(parseSchedule(text), now)).to.be.instanceOf(Date);
    });
  }

  for (const text of [
    '',
    ' ',
    '@',
    '@reboot',
    '@minutely',
    '@secondly',
    '@weekdays',
    '@Daily',
    '@daily ',
    ' @daily',
    '@every',
    '@every ',
    '@every 1d',
    '@every  1h',
    '@every 1h30',
    '@toString',
    'TZ=UTC 0 2 * * *',
    'CRON_TZ=Europe/Berlin 0 2 * * *',
    'TZ=UTC',
    '0 2 * *',
    '0 0 2 * * *',
    '0 2 * * 7',
    '0 2 L * *',
    '30-10 2 * * *',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseSchedule(text))
        .to.throw(CainError, `Can't read the schedule "${text}": `)
        .that.includes({ code: 'CAIN_SETTINGS' })
        .and.has.property('hint')
        .that.is.a('string');
    });
  }

  it('refuses a wrong time zone at once', () => {
    for (const timeZone of ['Europe/Atlantis', 'Local', '', '+01:00']) {
      for (const text of ['0 2 * * *', '@every 1h']) {
        expect(() => parseSchedule(text, timeZone))
          .to.throw(CainError, `time zone "${timeZone}"`)
          .with.property('code', 'CAIN_SETTINGS');
      }
    }
  });
});

describe('nextRun', () => {
  const examples: Readonly<Record<string, string>> = {
    '0 2 * * *': '2026-11-23T02:00',
    '* * * * *': '2026-11-22T12:35',
    '0 2 * * 1-5': '2026-11-23T02:00',
    '0 2 13 * 5': '2026-11-27T02:00', // Friday or the 13th
    '@yearly': '2027-01-01T00:00',
    '@monthly': '2026-12-01T00:00',
    '@weekly': '2026-11-29T00:00',
    '@daily': '2026-11-23T00:00',
    '@hourly': '2026-11-22T13:00',
    '0 0 29 2 *': '2028-02-29T00:00',
  };
  for (const [text, run] of Object.entries(examples)) {
    it(`finds that of ${text}`, () => {
      expect(nextRun(parseSchedule(text), now)?.toISOString()).to.equal(`${run}:00.000Z`);
    });
  }

  it('is later than now, even when a run is due this very second', () => {
    const due = new Date('2026-11-22T02:00:00.000Z');

    expect(nextRun(parseSchedule('0 2 * * *'), due)?.toISOString()).to.equal('2026-11-23T02:00:00.000Z');
    const justBefore = new Date(due.getTime() - 1);
    expect(nextRun(parseSchedule('0 2 * * *'), justBefore)).to.deep.equal(due);
  });

  it('goes by the time zone', () => {
    const schedule = parseSchedule('0 2 * * *', 'America/New_York');

    expect(nextRun(schedule, now)?.toISOString()).to.equal('2026-11-23T07:00:00.000Z');
  });

  it('adds the interval of @every to the second', () => {
    expect(nextRun(parseSchedule('@every 90m'), now)?.toISOString()).to.equal('2026-11-22T14:04:56.000Z');
    expect(nextRun(parseSchedule('@every 1ms'), now)?.toISOString()).to.equal('2026-11-22T12:34:57.000Z');
    expect(nextRun(parseSchedule('@every 1.9s'), now)?.toISOString()).to.equal('2026-11-22T12:34:57.000Z');
  });

  it('finds none of a date that never comes', () => {
    expect(nextRun(parseSchedule('0 0 30 2 *'), now)).to.equal(undefined);
  });

  describe('when clocks change, as in Kubernetes', () => {
    it('does not run at a time that is skipped', () => {
      const schedule = parseSchedule('30 2 * * *', 'Europe/Berlin');

      expect(runs(schedule, '2026-03-27T12:00:00Z', 3)).to.deep.equal([
        '2026-03-28T01:30',
        '2026-03-30T00:30',
        '2026-03-31T00:30',
      ]);
    });

    it('runs twice at a time that comes twice', () => {
      const schedule = parseSchedule('0,30 2 * * *', 'Europe/Berlin');

      expect(runs(schedule, '2026-10-24T12:00:00Z', 5)).to.deep.equal([
        '2026-10-25T00:00',
        '2026-10-25T00:30',
        '2026-10-25T01:00',
        '2026-10-25T01:30',
        '2026-10-26T01:00',
      ]);
    });

    it('runs every hour through both changes', () => {
      const schedule = parseSchedule('0 * * * *', 'Europe/Berlin');

      for (const day of ['2026-03-29', '2026-10-25']) {
        expect(runs(schedule, `${day}T00:00:00Z`, 3)).to.deep.equal([
          `${day}T01:00`,
          `${day}T02:00`,
          `${day}T03:00`,
        ]);
      }
    });

    it('knows zones that change by half an hour', () => {
      const schedule = parseSchedule('13 23 */15 * */40', 'Australia/Lord_Howe');

      expect(runs(schedule, '2026-04-03T07:01:37Z', 1)).to.deep.equal(['2026-04-05T12:43']);
    });
  });
});

describe('intervalSeconds', () => {
  const hour = 3600;
  const day = 24 * hour;

  const examples: Readonly<Record<string, number>> = {
    '* * * * *': 60,
    '@hourly': hour,
    '0 */6 * * *': 6 * hour,
    '0 2 * * *': day,
    '0 2,5 * * *': 21 * hour,
    '0 2 * * 1-5': 3 * day,
    '*/5 9-17 * * 1-5': 63 * hour + 5 * 60,
    '@weekly': 7 * day,
    '@monthly': 31 * day,
    '@yearly': 366 * day,
    '@every 90m': 1.5 * hour,
  };
  for (const [text, seconds] of Object.entries(examples)) {
    it(`is ${seconds / hour} h for ${text}`, () => {
      expect(intervalSeconds(parseSchedule(text), now)).to.equal(seconds);
    });
  }

  it('grows by the hour that autumn adds, and by the run that spring skips', () => {
    const late = parseSchedule('30 3 * * *', 'Europe/Berlin');
    const skipped = parseSchedule('30 2 * * *', 'Europe/Berlin');

    expect(intervalSeconds(late, new Date('2026-10-23T03:00:00Z'))).to.equal(25 * hour);
    expect(intervalSeconds(skipped, new Date('2026-03-27T03:00:00Z'))).to.equal(47 * hour);
  });

  it('shows the pause of a season from the run before it', () => {
    const schedule = parseSchedule('0 2 1 1-6 *');

    expect(intervalSeconds(schedule, new Date('2026-06-01T02:00:00Z'))).to.equal(214 * day);
  });

  it('is unknown where no run is to come', () => {
    expect(intervalSeconds(parseSchedule('0 0 30 2 *'), now)).to.equal(undefined);
  });
});

describe('scheduleReport', () => {
  it('tells interval and next run', () => {
    expect(scheduleReport(parseSchedule('@daily'), now)).to.deep.equal({
      intervalSeconds: 86_400,
      nextRun: new Date('2026-11-23T00:00:00Z'),
    });
  });

  it('tells nothing where no run is to come', () => {
    expect(scheduleReport(parseSchedule('0 0 30 2 *'), now)).to.equal(undefined);
  });
});
