import { CainError } from './errors.ts';

/**
 * Reads a parsed JSON record member by member: what is missing or of another type ends in one
 * CAIN_FORMAT error that names the record and the member.
 */
export interface RecordReader {
  readonly where: string;
  string(name: string): string;
  optionalString(name: string): string | undefined;
  /** For rows of a table, where an empty column is null. */
  isNull(name: string): boolean;
  nullableString(name: string): string | undefined;
  /** A string of this form: what becomes part of a key, a path or a line is never taken on trust. */
  matching(name: string, form: RegExp): string;
  /** A whole number from 0 to this. */
  count(name: string, most?: number): number;
  number(name: string): number;
  optionalNumber(name: string): number | undefined;
  strings(name: string): readonly string[];
  stringMap(name: string): Readonly<Record<string, string>>;
  record(name: string): RecordReader;
  optionalRecord(name: string): RecordReader | undefined;
  records(name: string): readonly RecordReader[];
  oneOf<T extends string>(name: string, values: readonly T[]): T;
  /** Throws unless the member "format" is the one that this program knows. */
  format(known: number): void;
  has(name: string): boolean;
}

export function readRecord(value: unknown, where: string): RecordReader {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw formatError(where, 'it is not a JSON object');
  }
  const members = value as Readonly<Record<string, unknown>>;

  function member<T>(name: string, isRight: (value: unknown) => value is T, wanted: string): T {
    const found = members[name];
    if (!isRight(found)) throw formatError(where, `"${name}" is not ${wanted}`);
    return found;
  }
  function optional<T>(name: string, read: (name: string) => T): T | undefined {
    return members[name] === undefined ? undefined : read(name);
  }

  const reader: RecordReader = {
    where,
    string: (name) => member(name, isString, 'a string'),
    optionalString: (name) => optional(name, reader.string),
    isNull: (name) => members[name] === null,
    nullableString: (name) => (reader.isNull(name) ? undefined : reader.optionalString(name)),
    matching: (name, form) => {
      const found = reader.string(name);
      if (!form.test(found)) throw formatError(where, `"${name}" is ${quoted(found)}`);
      return found;
    },
    count: (name, most = Number.MAX_SAFE_INTEGER) => {
      const found = reader.number(name);
      if (Number.isSafeInteger(found) && found >= 0 && found <= most) return found;
      throw formatError(where, `"${name}" is ${found}`);
    },
    number: (name) => member(name, isNumber, 'a finite number'),
    optionalNumber: (name) => optional(name, reader.number),
    strings: (name) => member(name, isStrings, 'a list of strings'),
    stringMap: (name) => member(name, isStringMap, 'an object of strings'),
    record: (name) => readRecord(members[name], `${where} "${name}"`),
    optionalRecord: (name) => optional(name, reader.record),
    records: (name) =>
      member(name, Array.isArray, 'a list').map((item, index) =>
        readRecord(item, `${where} "${name}"[${index}]`),
      ),
    oneOf: (name, values) => {
      const found = values.find((value) => value === members[name]);
      if (found === undefined) throw formatError(where, `"${name}" is none of ${values.join(', ')}`);
      return found;
    },
    format: (known) => {
      const found = reader.number('format');
      if (found !== known) throw formatError(where, `its format is ${found}, this Cain reads ${known}`);
    },
    has: (name) => members[name] !== undefined,
  };
  return reader;
}

export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw formatError(where, 'it is not JSON', cause);
  }
}

export function formatError(where: string, why: string, cause?: unknown): CainError {
  return new CainError('CAIN_FORMAT', `Can't read ${where}: ${why}`, {
    hint: 'The object is damaged or was written by a newer Cain. Nothing is deleted on a doubt: look at it, or use the newer version.',
    cause,
  });
}

/** Whatever it is, a message stays readable. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isString);
}

function isStringMap(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(isString)
  );
}
