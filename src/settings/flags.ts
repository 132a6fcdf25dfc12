import type { CommandName } from '../command-names.ts';
import { formerSettings } from './former-settings.ts';
import { type Setting, secretFileEnv } from './setting.ts';
import { settingRows } from './table.ts';

/** A flag of the command line. */
export interface Flag {
  /** Without the two hyphens. */
  readonly name: string;
  /** The environment variable that the flag stands for. */
  readonly env: string;
  readonly isSwitch: boolean;
  readonly isList: boolean;
  /** Known only to be refused: its value would be in the process list. */
  readonly isSecret: boolean;
  readonly usedBy: readonly CommandName[];
  shortFor(command: CommandName): string | undefined;
}

/** `--stall-timeout` of CAIN_STALL_TIMEOUT; `--aws-region` of AWS_REGION. */
export function flagNameOf(env: string): string {
  return env
    .replace(/^CAIN_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}

export function shortOf(row: Setting, command: CommandName): string | undefined {
  return typeof row.short === 'object' ? row.short[command] : row.short;
}

function flagOf(row: Setting): Flag {
  return {
    name: row.flag ?? flagNameOf(row.env),
    env: row.env,
    isSwitch: row.kind.placeholder === undefined,
    isList: row.kind.isList ?? false,
    isSecret: row.kind.isSecret ?? false,
    usedBy: row.usedBy,
    shortFor: (command) => shortOf(row, command),
  };
}

function fileFlagOf(row: Setting): Flag {
  const env = secretFileEnv(row);
  return { ...flagOf(row), name: flagNameOf(env), env, isSecret: false };
}

/** Every flag that any command has, those of former settings too. */
export const flags: readonly Flag[] = [
  ...settingRows.map(([, row]) => flagOf(row)),
  ...settingRows.filter(([, row]) => row.kind.isSecret).map(([, row]) => fileFlagOf(row)),
  ...formerSettings.map((former) => ({
    name: former.flag,
    env: former.env,
    isSwitch: false,
    isList: false,
    isSecret: former.isSecret ?? false,
    usedBy: former.usedBy,
    shortFor: () => former.short,
  })),
];

/** Flags by their short letter: this command's own letters first, then the others', so that those can be named. */
export function shortLetters(command: CommandName): ReadonlyMap<string, Flag> {
  const letters = new Map<string, Flag>();
  const own = flags.filter((flag) => flag.usedBy.includes(command));
  for (const flag of own) {
    const letter = flag.shortFor(command);
    if (letter !== undefined && !letters.has(letter)) letters.set(letter, flag);
  }
  for (const flag of flags) {
    for (const other of flag.usedBy) {
      const letter = flag.shortFor(other);
      if (letter !== undefined && !letters.has(letter)) letters.set(letter, flag);
    }
  }
  return letters;
}
