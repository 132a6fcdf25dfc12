/** Ends the parsing: throws an error that completes "Can't read the schedule …: ". */
export type Fail = (why: string) => never;

interface Bounds {
  readonly field: string;
  readonly min: number;
  readonly max: number;
  /** In order, from `min` on. */
  readonly names?: readonly string[];
}

const minuteBounds: Bounds = { field: 'minute', min: 0, max: 59 };
const hourBounds: Bounds = { field: 'hour', min: 0, max: 23 };
const dayOfMonthBounds: Bounds = { field: 'day of month', min: 1, max: 31 };
const monthBounds: Bounds = {
  field: 'month',
  min: 1,
  max: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
const dayOfWeekBounds: Bounds = {
  field: 'day of week',
  min: 0,
  max: 6,
  names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
};

const longestMonths: readonly number[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Field {
  /** Ascending. Empty for ",", which Kubernetes takes and which never matches. */
  readonly values: readonly number[];
  /** A bare `*` or `?`: then the other day field alone decides. */
  readonly isStar: boolean;
}

/**
 * Reads five fields by the rules of robfig/cron v3, which Kubernetes' CronJobs go by, and writes them
 * again as plain lists and stars, which every cron library takes alike. undefined = they are valid, but
 * no date ever fits them, as 30 February.
 */
export function normalizeCron(text: string, fail: Fail): string | undefined {
  const fields = text.trim().split(/\s+/);
  const [minuteText = '', hourText = '', dayOfMonthText = '', monthText = '', dayOfWeekText = ''] = fields;
  if (fields.length !== 5) fail('it has not five fields (minute, hour, day of month, month, day of week)');

  const minutes = readField(minuteText, minuteBounds, fail);
  const hours = readField(hourText, hourBounds, fail);
  const daysOfMonth = readField(dayOfMonthText, dayOfMonthBounds, fail);
  const months = readField(monthText, monthBounds, fail);
  const daysOfWeek = readField(dayOfWeekText, dayOfWeekBounds, fail);

  const days = possibleDays(daysOfMonth, months, daysOfWeek);
  if (!days || [minutes, hours, months].some(({ values }) => values.length === 0)) return undefined;
  return [minutes, hours, days.ofMonth, months, days.ofWeek].map(writeField).join(' ');
}

/** Two day fields without a star: either suffices. A day that no chosen month has goes; it would stall a search. */
function possibleDays(
  ofMonth: Field,
  months: Field,
  ofWeek: Field,
): { ofMonth: Field; ofWeek: Field } | undefined {
  const longestMonth = Math.max(...months.values.map((month) => longestMonths[month - 1] ?? 0));
  const existing = { ...ofMonth, values: ofMonth.values.filter((day) => day <= longestMonth) };
  const everyDay: Field = { values: [], isStar: true };
  if (ofMonth.isStar || ofWeek.isStar) {
    const isPossible = existing.values.length > 0 && ofWeek.values.length > 0;
    return isPossible ? { ofMonth: existing, ofWeek } : undefined;
  }
  if (existing.values.length > 0 && ofWeek.values.length > 0) return { ofMonth: existing, ofWeek };
  if (existing.values.length > 0) return { ofMonth: existing, ofWeek: everyDay };
  return ofWeek.values.length > 0 ? { ofMonth: everyDay, ofWeek } : undefined;
}

function writeField({ values, isStar }: Field): string {
  return isStar ? '*' : values.join(',');
}

function readField(text: string, bounds: Bounds, fail: Fail): Field {
  const values = new Set<number>();
  let isStar = false;
  for (const item of text.split(',').filter((part) => part !== '')) {
    const range = readRange(item, bounds, fail);
    for (let value = range.start; value <= range.end; value += range.step) values.add(value);
    isStar ||= range.isStar;
  }
  return { values: [...values].sort((one, other) => one - other), isStar };
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly isStar: boolean;
}

/** A number, name, range or star, each with a step or without: `5`, `mon-fri`, `0-30/10`, `*`, `5/10`. */
function readRange(item: string, bounds: Bounds, fail: Fail): Range {
  const where = `"${item}" in its ${bounds.field} field`;
  const [span = '', stepText, ...tooManySteps] = item.split('/');
  const [low = '', high, ...tooManyEnds] = span.split('-');
  const isWildcard = low === '*' || low === '?';
  if (tooManySteps.length > 0 || (tooManyEnds.length > 0 && !isWildcard)) fail(`${where} is not a range`);

  // "5/10" is short for "5-59/10".
  const isOpen = isWildcard || (high === undefined && stepText !== undefined);
  const start = isWildcard ? bounds.min : readValue(low, bounds);
  const end = isOpen ? bounds.max : readValue(high ?? low, bounds);
  const step = stepText === undefined ? 1 : readNumber(stepText);
  if (start === undefined || end === undefined || step === undefined) return fail(`${where} is not known`);
  if (step === 0) fail(`${where} has the step 0`);
  if (start < bounds.min || end > bounds.max) fail(`${where} is not within ${bounds.min}-${bounds.max}`);
  if (start > end) fail(`${where} ends before it begins`);
  return { start, end, step, isStar: isWildcard && step === 1 };
}

function readValue(text: string, { names = [], min }: Bounds): number | undefined {
  const index = names.indexOf(text.toLowerCase());
  return index >= 0 ? min + index : readNumber(text);
}

function readNumber(text: string): number | undefined {
  return /^\+?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}
