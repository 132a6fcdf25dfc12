import { CainError } from '../errors.ts';

export const tagLength = 14;

/**
 * A tag names a backup by the second (UTC) in which its run began: `YYYYMMDDhhmmss`. Fixed width, so
 * tags sort as text in the order of time. Throws CAIN_TAG where no such tag can be made.
 */
export function makeTag(date: Date): string {
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) {
    throw new CainError('CAIN_TAG', 'The clock gives a time that no tag can name', {
      hint: 'Set the clock of the node that Cain runs on.',
      fields: { timeMs: date.getTime() },
    });
  }
  return date.toISOString().slice(0, 19).replace(/\D/g, '');
}

/** The second that the tag names. Throws CAIN_FORMAT on anything that is no tag. */
export function tagTime(tag: string): Date {
  const time = readTag(tag);
  if (time) return time;
  throw new CainError('CAIN_FORMAT', `"${tag}" is not a tag`, {
    hint: 'A tag is 14 digits, YYYYMMDDhhmmss in UTC, such as 20250131020000; cain list shows those there are.',
  });
}

/** True for 14 digits that name a real second: 20250230000000 and 20250101240000 do not. */
export function isTag(text: string): boolean {
  if (recentTags.has(text)) return true;
  if (readTag(text) === undefined) return false;
  if (recentTags.size === mostRecentTags) recentTags.clear();
  recentTags.add(text);
  return true;
}

/** Each line of each inventory names one, and most the same: that was a tenth of a prune's processor time. */
const recentTags = new Set<string>();
const mostRecentTags = 1_000;

function readTag(text: string): Date | undefined {
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (!digits) return undefined;
  const [, year, month, day, hour, minute, second] = digits;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse rolls 30 February over into March and hour 24 into the next day.
  return Number.isFinite(time.getTime()) && makeTag(time) === text ? time : undefined;
}
