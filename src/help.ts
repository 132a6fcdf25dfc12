import { commandHelp } from './command-help.ts';
import { type CommandName, commandNames } from './command-names.ts';
import { exitCodes } from './exit-codes.ts';
import { flagNameOf, shortOf } from './settings/flags.ts';
import { type Setting, secretFileEnv } from './settings/setting.ts';
import { settingGroups } from './settings/table.ts';

/** What `cain --help` prints. */
export function generalHelp(): string {
  const width = Math.max(...commandNames.map((name) => name.length));
  return [
    'Cain backs up Apache Cassandra on Kubernetes into S3, and restores it.',
    '',
    'Usage: cain [command] [flags]',
    '',
    'Commands:',
    ...commandNames.map((name) => `  ${name.padEnd(width)}  ${commandHelp[name].about}`),
    '',
    '`cain <command> --help` shows the settings of a command. Each is a flag and an environment variable;',
    'the flag wins. A secret is never a flag: it comes from its variable or from a mounted file.',
    '',
    ...exitCodeLines(),
  ].join('\n');
}

/** What `cain <command> --help` prints: made from the settings table, as docs/settings.md is. */
export function helpOf(command: CommandName): string {
  const { about, examples } = commandHelp[command];
  return [
    `cain ${command}: ${about}`,
    '',
    `Usage: cain ${command} [flags]`,
    '',
    'Examples:',
    ...examples.flatMap(({ does, line }) => [`  # ${does}`, `  ${line}`]),
    '',
    ...settingGroups.flatMap(({ title, rows }) => groupLines(command, title, rows)),
    ...exitCodeLines(),
  ].join('\n');
}

function groupLines(command: CommandName, title: string, rows: readonly Setting[]): string[] {
  const used = rows.filter((row) => row.usedBy.includes(command));
  if (used.length === 0) return [];
  return [`${title}:`, ...used.flatMap((row) => settingLines(command, row)), ''];
}

function settingLines(command: CommandName, row: Setting): string[] {
  const short = shortOf(row, command);
  const letter = short === undefined ? '    ' : `-${short}, `;
  const placeholder = row.kind.placeholder === undefined ? '' : ` <${row.kind.placeholder}>`;
  const name = row.flag ?? flagNameOf(row.env);
  const given = row.kind.isSecret
    ? `      ${row.env}, or --${name}-file <path>, ${secretFileEnv(row)}`
    : `  ${letter}--${name}${placeholder}, ${row.env}`;
  return [given, `          ${row.help}${defaultText(command, row)}`];
}

function defaultText(command: CommandName, row: Setting): string {
  if (row.requiredBy?.includes(command)) return ' (required)';
  const byDefault = row.default ?? row.unset;
  return byDefault === undefined ? '' : ` (default: ${byDefault})`;
}

function exitCodeLines(): string[] {
  return [
    'Exit codes:',
    ...exitCodes.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`),
  ];
}
