import { CainError } from '../errors.ts';

/** What JSON can hold. */
export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

export interface PlainOptions {
  /** Applied to each text, keys too. */
  readonly strike: (text: string) => string;
  readonly withStack: boolean;
}

/** Deeper than any fact that Cain logs; an object of a library may have no bottom. */
const deepest = 8;

/**
 * A log field as JSON can hold it. Errors become their message, code, hint, fields, causes and clean-up errors;
 * bytes become their number; what refers to itself is cut.
 */
export function plainValue(
  value: unknown,
  options: PlainOptions,
  above: readonly unknown[] = [],
): PlainValue {
  if (typeof value === 'string') return options.strike(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value !== 'object') return options.strike(String(value));

  if (above.includes(value) || above.length > deepest) return '…';
  const within = (inner: unknown) => plainValue(inner, options, [...above, value]);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return options.strike(value.href);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (value instanceof Error) return plainRecord(errorFacts(value, options), within, options);
  if (Array.isArray(value) || value instanceof Set) return [...value].map(within);
  if (value instanceof Map) return plainRecord(Object.fromEntries(value), within, options);
  return plainRecord(value, within, options);
}

function plainRecord(
  record: object,
  within: (inner: unknown) => PlainValue,
  { strike }: PlainOptions,
): PlainValue {
  const entries = Object.entries(record).filter(
    ([, inner]) => inner !== undefined && typeof inner !== 'function',
  );
  return Object.fromEntries(entries.map(([key, inner]) => [strike(key), within(inner)]));
}

function errorFacts(error: Error, { withStack }: PlainOptions): Record<string, unknown> {
  const isOurs = error instanceof CainError;
  const code = 'code' in error && error.code !== undefined ? { code: error.code } : {};
  return {
    ...(error.name === 'Error' || isOurs ? {} : { name: error.name }),
    ...code,
    message: error.message,
    ...(isOurs ? { hint: error.hint, ...without(error.fields, ['message', 'code', 'hint', 'cause']) } : {}),
    ...(error instanceof AggregateError ? { errors: error.errors } : {}),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
    ...(isOurs && error.cleanupErrors.length > 0 ? { cleanupErrors: error.cleanupErrors } : {}),
    ...(withStack && error.stack ? { stack: error.stack } : {}),
  };
}

function without(
  record: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
