import { parseArgs } from 'node:util';
import type { CommandName } from '../command-names.ts';
import { suggestion } from './closest.ts';
import { type Flag, flags, shortLetters } from './flags.ts';
import { moveFormerValues } from './former-values.ts';
import type { Given, Layer } from './given.ts';

const flagsByName = new Map(flags.map((flag) => [flag.name, flag]));

interface Option {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function tokenize(command: CommandName, argv: readonly string[]) {
  const letters = new Map([...shortLetters(command)].map(([letter, flag]) => [flag, letter]));
  const options = Object.fromEntries(
    flags.map((flag) => {
      const short = letters.get(flag);
      const type: 'boolean' | 'string' = flag.isSwitch ? 'boolean' : 'string';
      return [flag.name, short === undefined ? { type } : { type, short }];
    }),
  );
  // Not strict: parseArgs would stop at the first mistake, and its texts hold values.
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function wrongFlag(command: CommandName, { name, rawName }: Option): string | undefined {
  const flag = flagsByName.get(name);
  if (!flag) {
    const own = flags.filter((known) => known.usedBy.includes(command));
    const names = (known: readonly Flag[]) =>
      known.filter((each) => !each.isSecret).map((each) => `--${each.name}`);
    const word = `--${name}`;
    return `${rawName} is unknown${suggestion(word, names(own)) || suggestion(word, names(flags))}`;
  }
  if (flag.isSecret) {
    return `${rawName} would show a secret in the process list; set ${flag.env} or ${flag.env}_FILE instead`;
  }
  if (!flag.usedBy.includes(command)) {
    return `${rawName} is a flag of ${flag.usedBy.join(', ')}, not of ${command}`;
  }
  return undefined;
}

/** What is wrong with an argument that belongs to no flag. Its text is not shown: it may be a secret. */
function strayArgument(previous: Option | undefined): string | undefined {
  const flag = previous && flagsByName.get(previous.name);
  // Probably the value of the unknown flag, which was told already.
  if (previous && !flag) return undefined;
  return flag?.isSwitch
    ? `${previous?.rawName} takes its value behind "=", as in --${flag.name}=false`
    : 'An argument belongs to no flag; the command comes first, then flags';
}

/** The text that a flag was given, or undefined if it lacks one. `-n=name` is how Go's flags may be written. */
function textOf(flag: Flag, { rawName, value, inlineValue }: Option): string | undefined {
  if (flag.isSwitch && value === undefined) return 'true';
  if (value === undefined || (!inlineValue && value.startsWith('-'))) return undefined;
  const text = (rawName.startsWith('--') ? value : value.replace(/^=/, '')).trim();
  return text === '' ? undefined : text;
}

/**
 * Every setting on the command line. An empty value is a mistake here: a shell variable that was not set must
 * not turn `--tag "$TAG"` into the newest backup. Of a flag given twice the last counts; lists add up.
 */
export function readFlags(command: CommandName, argv: readonly string[]): Layer {
  const given = new Map<string, Given>();
  const problems: string[] = [];
  let previous: Option | undefined;

  for (const token of tokenize(command, argv)) {
    if (token.kind === 'positional') {
      const problem = strayArgument(previous);
      if (problem !== undefined) problems.push(problem);
      previous = undefined;
    }
    if (token.kind !== 'option') continue;

    previous = token;
    const wrong = wrongFlag(command, token);
    const flag = flagsByName.get(token.name);
    const text = flag && textOf(flag, token);
    if (wrong !== undefined) problems.push(wrong);
    else if (flag && text === undefined) problems.push(`${token.rawName} needs a value`);
    else if (flag && text !== undefined) {
      const before = flag.isList ? given.get(flag.env) : undefined;
      given.set(flag.env, { text: before ? `${before.text},${text}` : text, source: token.rawName });
    }
  }

  return { ...moveFormerValues(given), problems };
}
