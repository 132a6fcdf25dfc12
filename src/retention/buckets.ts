/** The rules that keep one backup of each period, in the order in which reasons are told. */
export const bucketRules = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type BucketRule = (typeof bucketRules)[number];

/** The period (UTC) that a time falls into; two times share it exactly when their names are equal. */
export function bucketOf(rule: BucketRule, time: Date): string {
  const iso = time.toISOString();
  switch (rule) {
    case 'hourly':
      return iso.slice(0, 13);
    case 'daily':
      return iso.slice(0, 10);
    case 'weekly':
      return isoWeek(time);
    case 'monthly':
      return iso.slice(0, 7);
    case 'yearly':
      return iso.slice(0, 4);
  }
}

const dayMs = 86_400_000;

/**
 * The ISO 8601 week, such as 2026-W01. A week runs from Monday to Sunday and belongs to the year that
 * its Thursday is in, so 29 December can be in week 1 and 1 January in week 53.
 */
export function isoWeek(time: Date): string {
  const daysSinceMonday = (time.getUTCDay() + 6) % 7;
  const thursday = new Date(time.getTime() + (3 - daysSinceMonday) * dayMs);
  const year = thursday.toISOString().slice(0, 4);
  const dayOfYear = Math.floor((thursday.getTime() - Date.parse(`${year}-01-01T00:00:00Z`)) / dayMs);
  return `${year}-W${String(Math.floor(dayOfYear / 7) + 1).padStart(2, '0')}`;
}
