import type { CommandName } from '../command-names.ts';
import { CainError } from '../errors.ts';
import { deriveDefaults, type TableValues } from './derive-defaults.ts';
import { flagNameOf } from './flags.ts';
import type { Given } from './given.ts';
import { type Environment, readEnvironment } from './read-environment.ts';
import { readFlags } from './read-flags.ts';
import { rules } from './rules.ts';
import { type ReadFile, readSecretFiles, reasonOf } from './secret-files.ts';
import { type Settings, settingRows, settingsTable } from './table.ts';
import { validate } from './validate.ts';

export interface SettingsSources {
  readonly command: CommandName;
  /** What follows the command on the command line. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly readFile: ReadFile;
  /** Told each secret as soon as it is read, even if the settings turn out to be wrong. */
  readonly onSecret?: (secret: string) => void;
}

const dayMs = 24 * 3_600_000;
const longestUsualLockMs = 400 * dayMs;

/**
 * The settings of a run, flags before environment before defaults. Throws one CAIN_SETTINGS that names every
 * mistake and no secret.
 */
export function readSettings(sources: SettingsSources): { settings: Settings; warnings: string[] } {
  const { command } = sources;
  const environment = readEnvironment(sources.env);
  const commandLine = readFlags(command, sources.argv);
  const merged = new Map([...environment.given, ...commandLine.given]);
  const { given, problems: fileProblems } = readSecretFiles(command, merged, sources.readFile);
  const publicPasswords = publicPasswordsIn(given);
  for (const [env, secret] of secretsIn(given)) if (!publicPasswords.has(env)) sources.onSecret?.(secret);

  const { values, problems: valueProblems } = validate(given);
  const settings = settingsOf(values);
  const problems = [
    ...commandLine.problems,
    ...environment.problems,
    ...fileProblems,
    ...valueProblems.values(),
    ...missing(command, values, valueProblems),
    ...unreadableFiles(command, values, given, sources.readFile),
    ...brokenRules(command, settings, new Set(valueProblems.keys())),
  ];
  if (problems.length > 0) throw settingsError(command, problems);

  return {
    settings,
    warnings: [
      ...environment.warnings,
      ...commandLine.warnings,
      ...risks(command, settings),
      ...guessable(publicPasswords),
    ],
  };
}

/** Of every Cassandra that is new. */
const defaultPassword = 'cassandra';

/** By environment variable. */
function secretsIn(given: ReadonlyMap<string, Given>): readonly (readonly [env: string, secret: string])[] {
  const secretRows = settingRows.filter(([, row]) => row.kind.isSecret);
  return secretRows.flatMap(([, { env }]) => {
    const secret = given.get(env)?.text;
    return secret === undefined ? [] : [[env, secret] as const];
  });
}

/** What anybody can guess is no secret: struck from the output it would take pods, paths and schemas with it. */
function publicPasswordsIn(given: ReadonlyMap<string, Given>): ReadonlySet<string> {
  const userRows = settingRows.filter(([, row]) => row.env.endsWith('_USERNAME'));
  const users = userRows.map(([, row]) => given.get(row.env)?.text ?? row.default);
  const known = new Set([defaultPassword, ...users]);
  return new Set(secretsIn(given).flatMap(([env, secret]) => (known.has(secret) ? [env] : [])));
}

function guessable(publicPasswords: ReadonlySet<string>): string[] {
  if (publicPasswords.size === 0) return [];
  const names = [...publicPasswords].join(' and ');
  return [
    `${names}: a default password, or the name of a user; anybody can guess it, so that no output hides it`,
  ];
}

function settingsOf(values: Readonly<Record<string, unknown>>): Settings {
  const byKey = Object.fromEntries(settingRows.map(([key, row]) => [key, values[row.env]]));
  // The table's kinds made these values, and TableValues is inferred from the same kinds.
  return deriveDefaults(byKey as unknown as TableValues);
}

function missing(
  command: CommandName,
  values: Readonly<Record<string, unknown>>,
  valueProblems: ReadonlyMap<string, string>,
): string[] {
  return settingRows
    .map(([, row]) => row)
    .filter((row) => row.requiredBy?.includes(command))
    .filter((row) => values[row.env] === undefined && !valueProblems.has(row.env))
    .map(
      (row) =>
        `${row.env} (--${row.flag ?? flagNameOf(row.env)}) is needed by ${command}: ${row.kind.wanted}`,
    );
}

function unreadableFiles(
  command: CommandName,
  values: Readonly<Record<string, unknown>>,
  given: ReadonlyMap<string, Given>,
  readFile: ReadFile,
): string[] {
  return settingRows.flatMap(([, row]) => {
    const path = values[row.env];
    if (!row.kind.isFile || !row.usedBy.includes(command) || typeof path !== 'string') return [];
    try {
      readFile(path);
      return [];
    } catch (error) {
      return [`${given.get(row.env)?.source} names a file that can't be read (${reasonOf(error)})`];
    }
  });
}

function brokenRules(command: CommandName, settings: Settings, wrong: ReadonlySet<string>): string[] {
  return rules.flatMap(({ about, broken }) => {
    const rows = about.map((key) => settingsTable[key]);
    const concerns = rows.some((row) => (row.usedBy as readonly CommandName[]).includes(command));
    if (!concerns || rows.some((row) => wrong.has(row.env))) return [];
    return broken(settings, command) ?? [];
  });
}

function settingsError(command: CommandName, problems: readonly string[]): CainError {
  const [first = ''] = problems;
  const message =
    problems.length === 1
      ? `A setting is wrong: ${first}`
      : `${problems.length} settings are wrong:${problems.map((problem) => `\n- ${problem}`).join('')}`;
  return new CainError('CAIN_SETTINGS', message, {
    hint: `Run \`cain ${command} --help\` for all settings of ${command}.`,
    fields: { problems: problems.length },
  });
}

/** What is allowed and yet deserves a word. */
function risks(command: CommandName, settings: Settings): string[] {
  const prunes = command === 'backup' || command === 'prune';
  const { pruneGraceMs, s3LockMode, s3LockForMs = 0 } = settings;
  return [
    ...(prunes && pruneGraceMs < dayMs
      ? ['CAIN_PRUNE_GRACE is under 24h: objects that a run in progress relies on may be deleted']
      : []),
    ...(s3LockMode === 'COMPLIANCE' && s3LockForMs > longestUsualLockMs
      ? ['CAIN_S3_LOCK_FOR is over a year: nobody can delete anything of a backup before, whatever it costs']
      : []),
  ];
}
