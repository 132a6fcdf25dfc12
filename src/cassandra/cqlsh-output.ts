import { unreadableOutput } from './unreadable.ts';

/** The heading of the one column that `SELECT JSON` has. */
const heading = ' [json]';

/** What cqlsh prints on stdout before a result: versions that differ, a home that can't be written, the answer to CONSISTENCY. */
const remark = /^(?:(?:WARNING|Warning): |Consistency level set to [A-Z_]+\.$)/;

/**
 * The rows of the `SELECT JSON` statements that one `cqlsh -e` ran, statement by statement. Throws
 * CAIN_OUTPUT_UNREADABLE, also when `statements` (their number) is given and differs: cqlsh goes on after a
 * statement that failed. Numbers beyond 2^53 lose digits.
 *
 * The form, from cqlsh 6.0 (Cassandra 4.0), 6.1 (4.1) and 6.2 (5.0): blank line, heading, dashes, one line a
 * row, padded on the left to the widest of its page, blank lines, `(N rows)`. With -e, and whenever stdin is
 * no terminal, all pages (of 100 rows) follow without a pause or a second heading, so PAGING need not be
 * turned off. A statement's warnings follow its result under `Warnings :`.
 */
export function parseJsonRows(stdout: string, statements?: number): unknown[][] {
  const lines = stdout.split('\n');
  const results: unknown[][] = [];
  let at = 0;
  while (at < lines.length) {
    at = skipToHeading(lines, at);
    if (at === lines.length) break;
    const result = readResult(lines, at, results.length + 1);
    results.push(result.rows);
    at = result.end;
  }
  if (statements !== undefined && results.length !== statements) {
    throw unreadableOutput('cqlsh', `${results.length} results of ${statements} statements`);
  }
  return results;
}

/** Warnings of the server come in its own words, so what follows `Warnings :` is not looked at. */
function skipToHeading(lines: readonly string[], start: number): number {
  let areWarnings = false;
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === heading) return at;
    if (line === 'Warnings :') areWarnings = true;
    else if (line !== '' && !areWarnings && !remark.test(line)) throw unreadableOutput('cqlsh', line);
  }
  return lines.length;
}

interface Result {
  readonly rows: unknown[];
  /** The index of the line after `(N rows)`. */
  readonly end: number;
}

function readResult(lines: readonly string[], start: number, number: number): Result {
  if (!/^-+$/.test(lines[start + 1] ?? '')) throw unreadableOutput('cqlsh', lines[start + 1] ?? heading);
  const rows: unknown[] = [];
  let at = start + 2;
  for (; lines[at]?.trim(); at++) rows.push(readRow(lines[at] ?? '', number, rows.length + 1));
  while (lines[at] === '') at++;
  const count = /^\((\d+) rows\)$/.exec(lines[at] ?? '')?.[1];
  if (count === undefined) throw unreadableOutput('cqlsh', lines[at] ?? `result ${number} has no end`);
  if (Number(count) !== rows.length)
    throw unreadableOutput('cqlsh', `${rows.length} lines before (${count} rows)`);
  return { rows, end: at + 1 };
}

function readRow(line: string, result: number, row: number): unknown {
  try {
    return JSON.parse(unescapeText(line.trimStart()));
  } catch {
    // Neither the line nor the parser's message, which quotes it: rows of system_auth.roles hold password hashes.
    throw unreadableOutput('cqlsh', `row ${row} of result ${result} is no JSON`);
  }
}

const letters: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', r: '\r', t: '\t' };

/**
 * Undoes cqlsh's text formatter: it doubles each backslash, then shows the characters 00 to 1f and 7f to a0
 * as Python does (`\n`, `\x7f`).
 */
function unescapeText(text: string): string {
  return text.replaceAll(
    /\\(?:x([0-9a-f]{2})|(.?))/g,
    (sequence, hex: string | undefined, letter: string | undefined) => {
      const character =
        hex === undefined ? letters[letter ?? ''] : String.fromCharCode(Number.parseInt(hex, 16));
      if (character === undefined) throw new Error(`unknown escape ${sequence}`);
      return character;
    },
  );
}

/** The text of a `DESC` without the remarks that cqlsh prints on stdout before it. For parsing, never for hashing. */
export function withoutWarnings(stdout: string): string {
  const lines = stdout.split('\n');
  const first = lines.findIndex((line) => line !== '' && !remark.test(line));
  return first < 0 ? '' : lines.slice(first).join('\n');
}
