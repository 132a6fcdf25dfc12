import { CronExpressionParser } from 'cron-parser';
import { CainError } from '../errors.ts';
import { type Fail, normalizeCron } from './cron-fields.ts';
import { parseGoDuration } from './go-duration.ts';
import type { ScheduleReport } from './run-report.ts';
import { isTimeZone } from './time-zone.ts';
import { instantsOf, offsetsOf, wallTimeBefore } from './wall-clock.ts';

export type Schedule =
  | {
      readonly kind: 'cron';
      readonly timeZone: string;
      /** Five fields of plain lists and stars; undefined = no date ever fits. */
      readonly cron: string | undefined;
    }
  | { readonly kind: 'every'; readonly intervalMs: number };

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const every = '@every ';

/**
 * Takes exactly what a CronJob's `schedule` and `timeZone` take: five fields, a macro, or `@every` with a Go
 * duration (robfig/cron v3, ParseStandard); no seconds, no L, W, #, no TZ= in front. Throws CAIN_SETTINGS.
 *
 * Without a time zone it is UTC; a CronJob without one runs in the controller manager's, which is UTC nearly
 * everywhere.
 */
export function parseSchedule(text: string, timeZone = 'UTC'): Schedule {
  const fail: Fail = (why) => {
    throw new CainError('CAIN_SETTINGS', `Can't read the schedule "${text}": ${why}`, {
      hint: 'Give what the CronJob has: five fields such as "0 2 * * *", @daily and the like, or @every 6h.',
    });
  };
  if (!isTimeZone(timeZone)) {
    throw new CainError('CAIN_SETTINGS', `Can't read the schedule's time zone "${timeZone}"`, {
      hint: 'Give the IANA name of the CronJob\'s timeZone, such as "Europe/Berlin" or "Etc/UTC".',
    });
  }
  if (text.startsWith(every)) return { kind: 'every', intervalMs: readInterval(text, fail) };
  if (/^(CRON_)?TZ=/.test(text)) fail('a CronJob takes no time zone inside its schedule');
  if (!text.startsWith('@')) return { kind: 'cron', timeZone, cron: normalizeCron(text, fail) };
  const cron = Object.hasOwn(macros, text) ? macros[text] : undefined;
  return cron ? { kind: 'cron', timeZone, cron } : fail('there is no such macro');
}

/** Whole seconds, at least one, as robfig/cron cuts it. */
function readInterval(text: string, fail: Fail): number {
  const durationMs = parseGoDuration(text.slice(every.length));
  if (durationMs === undefined) fail('what follows @every is not a duration such as 90m or 1h30m');
  return Math.max(1, Math.floor(durationMs / 1000)) * 1000;
}

/**
 * The first run after `now`; undefined = there is none.
 *
 * `@every` counts from the CronJob's last run, which is not known here: the answer is the latest possible one.
 * When clocks change it is as in Kubernetes: a time that they skip does not run, one that comes twice does twice.
 */
export function nextRun(schedule: Schedule, now: Date): Date | undefined {
  if (schedule.kind === 'cron') return upcomingRuns(schedule, now).next().value;
  return new Date(Math.floor(now.getTime() / 1000) * 1000 + schedule.intervalMs);
}

/** Covers a week, so that a schedule of working days shows its weekend. */
const windowMs = 8 * 86_400_000;
/** Covers months of 31 days and years of 366. */
const leastGaps = 5;
/** A few hundred milliseconds' worth. Only runs every few minutes reach it, and then a day is covered. */
const mostGaps = 1000;

/**
 * The longest wait for a next run from `now` on, in seconds: for so long may the newest backup be the newest,
 * so that one alert rule fits any schedule. It looks over eight days and at least five runs; the pause of
 * a season shows as soon as the run before it. undefined = there is no run to come.
 */
export function intervalSeconds(schedule: Schedule, now: Date): number | undefined {
  if (schedule.kind === 'every') return schedule.intervalMs / 1000;

  let previousMs = now.getTime();
  let longestMs: number | undefined;
  let gaps = 0;
  for (const run of upcomingRuns(schedule, now)) {
    longestMs = Math.max(longestMs ?? 0, run.getTime() - previousMs);
    previousMs = run.getTime();
    gaps++;
    const isCovered = gaps >= leastGaps && previousMs >= now.getTime() + windowMs;
    if (isCovered || gaps >= mostGaps) break;
  }
  return longestMs === undefined ? undefined : Math.round(longestMs / 1000);
}

/** Both facts for the metrics; undefined = no run is to come. */
export function scheduleReport(schedule: Schedule, now: Date): ScheduleReport | undefined {
  const next = nextRun(schedule, now);
  const interval = intervalSeconds(schedule, now);
  return next && interval !== undefined ? { intervalSeconds: interval, nextRun: next } : undefined;
}

/**
 * cron-parser walks in UTC, over what the zone's clocks will show. Its own time zones run a skipped time an
 * hour later and a doubled one once, and with Australia/Lord_Howe's half hour 5.10 finds no run at all.
 */
function* upcomingRuns(schedule: Schedule & { kind: 'cron' }, now: Date): Generator<Date, undefined> {
  if (schedule.cron === undefined) return;
  const offsetAt = offsetsOf(schedule.timeZone);
  const currentDate = new Date(wallTimeBefore(now.getTime(), offsetAt));

  let waiting: readonly number[] = [];
  for (const wallTime of CronExpressionParser.parse(schedule.cron, { tz: 'UTC', currentDate })) {
    const { instantsMs, earliestMs } = instantsOf(wallTime.getTime(), offsetAt);
    yield* datesOf(waiting.filter((instantMs) => instantMs < earliestMs));
    waiting = [...waiting.filter((instantMs) => instantMs >= earliestMs), ...instantsMs]
      .filter((instantMs) => instantMs > now.getTime())
      .sort((one, other) => one - other);
  }
  yield* datesOf(waiting);
}

function datesOf(instantsMs: readonly number[]): Date[] {
  return instantsMs.map((instantMs) => new Date(instantMs));
}
