import type { LogEvent, ProgressEvent } from './events.ts';
import { humanBytes, humanCount, humanDuration } from './human.ts';

/** Of C0 all but tab and newline, C1, separators of lines, and marks that turn the direction of a text round. */
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Output of a container could move the cursor or recolour the terminal of whoever reads it. */
export function withoutControls(text: string): string {
  return text.replace(controls, (control) => {
    if (control === '\r') return '';
    const code = control.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** A name from the bucket or a pod within a line: it can neither begin another line nor steer the terminal. */
export function onOneLine(text: string): string {
  return withoutControls(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isErrorFacts = (value: unknown): value is Readonly<Record<string, unknown>> & { message: string } =>
  isRecord(value) && typeof value.message === 'string';

/** A fact in a line: sizes and durations, told by their name, in units that people read. */
export function textOfFact(key: string, value: unknown): string {
  if (typeof value === 'number' && /bytes$/i.test(key)) return humanBytes(value);
  if (typeof value === 'number' && /bytesPerSecond$/.test(key)) return `${humanBytes(value)}/s`;
  if (typeof value === 'number' && /Ms$/.test(key)) return humanDuration(value);
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}

/** What failed, why, and what to do, a line each; causes are told one by one, innermost last. */
function errorLines(error: Readonly<Record<string, unknown>>, label: string): string[] {
  const { message, name, code, hint, cause, errors, cleanupErrors, stack, ...facts } = error;
  const what = [name, code].filter((word) => word !== undefined).join(' ');
  const details = factsText(facts);
  return [
    `${label}${what === '' ? '' : `${what}: `}${message}${details === '' ? '' : `  ${details}`}`,
    ...(typeof hint === 'string' ? [`hint: ${hint}`] : []),
    ...(typeof stack === 'string' ? stack.split('\n').slice(1) : []),
    ...innerLines(errors, 'one of: '),
    ...innerLines(cause === undefined ? [] : [cause], 'caused by: '),
    ...innerLines(cleanupErrors, 'cleaning up failed too: '),
  ];
}

function innerLines(inner: unknown, label: string): string[] {
  if (!Array.isArray(inner)) return [];
  return inner.flatMap((each) =>
    isErrorFacts(each) ? errorLines(each, label) : [`${label}${textOfFact('', each)}`],
  );
}

function factsText(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key}=${textOfFact(key, value)}`)
    .join(' ');
}

/** The message with its facts, and below it the errors among them. */
export function logLines(event: LogEvent): string[] {
  const facts = Object.entries(event.fields);
  const errors = facts.filter(([, value]) => isErrorFacts(value));
  const rest = factsText(Object.fromEntries(facts.filter(([, value]) => !isErrorFacts(value))));
  return [
    rest === '' ? event.message : `${event.message}  ${rest}`,
    ...errors.flatMap(([, error]) => (isErrorFacts(error) ? errorLines(error, '') : [])),
  ];
}

/** `42 %  1,234/5,000 files  1.2 GiB/3.4 GiB  120.0 MiB/s  2 min 10 s left` */
export function progressText({ done, total, bytesPerSecond, secondsLeft }: ProgressEvent): string {
  return [
    `${percentOf(done.bytes, total.bytes)} %`,
    `${humanCount(done.files)}/${humanCount(total.files)} files`,
    `${humanBytes(done.bytes)}/${humanBytes(total.bytes)}`,
    `${humanBytes(Math.round(bytesPerSecond))}/s`,
    ...(secondsLeft === undefined ? [] : [`${humanDuration(secondsLeft * 1000)} left`]),
  ].join('  ');
}

/** Whole percents, and 100 only when all is done. */
export function percentOf(done: number, total: number): number {
  return total <= 0 ? 100 : Math.min(done < total ? 99 : 100, Math.max(0, Math.floor((done / total) * 100)));
}
