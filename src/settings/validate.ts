import { cleanEnv, EnvError, makeExactValidator } from 'envalid';
import type { Given } from './given.ts';
import type { Setting } from './setting.ts';
import { settingRows } from './table.ts';

/** A value in an error: quoted, short, and without the login that a URL may hold. */
function shown(row: Setting, text: string): string {
  if (row.kind.isSecret) return 'not shown';
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return JSON.stringify(short.replace(/\/\/.*@/s, '//***@'));
}

function validatorOf(row: Setting) {
  const parse = makeExactValidator<unknown>((text) => {
    const value = row.kind.parse(text);
    // The text is for no one: envalid's own would hold the value.
    if (value === undefined) throw new EnvError(row.env);
    return value;
  });
  const byDefault = row.default === undefined ? undefined : row.kind.parse(row.default);
  return parse({ desc: row.help, default: byDefault ?? undefined });
}

const validators = Object.fromEntries(settingRows.map(([, row]) => [row.env, validatorOf(row)]));

/** Every given value checked and parsed, by environment variable; defaults filled in. */
export function validate(given: ReadonlyMap<string, Given>): {
  readonly values: Readonly<Record<string, unknown>>;
  /** By environment variable. */
  readonly problems: ReadonlyMap<string, string>;
} {
  const environment = Object.fromEntries([...given].map(([env, { text }]) => [env, text]));
  let wrong: Readonly<Record<string, unknown>> = {};
  const cleaned = cleanEnv(environment, validators, {
    reporter: ({ errors }) => {
      wrong = errors;
    },
  });
  // A copy: envalid's own object throws when a key is read whose value was wrong.
  const values: Readonly<Record<string, unknown>> = { ...cleaned };

  const problems = new Map<string, string>();
  for (const [, row] of settingRows) {
    const value = given.get(row.env);
    if (row.env in wrong && value) {
      problems.set(row.env, `${value.source} is ${shown(row, value.text)}; wanted: ${row.kind.wanted}`);
    }
  }
  return { values, problems };
}
