import type { CommandName } from '../command-names.ts';
import { type Environment, readEnvironment } from './read-environment.ts';
import { readFlags } from './read-flags.ts';
import { settingsTable } from './table.ts';

/** How to log what is wrong with the settings, before they are known to be right. */
export function readLogSettings(
  command: CommandName,
  argv: readonly string[],
  env: Environment,
): { readonly level: 'error' | 'warn' | 'info' | 'debug'; readonly format: 'auto' | 'json' | 'text' } {
  const given = new Map([...readEnvironment(env).given, ...readFlags(command, argv).given]);
  const textOf = (name: string) => given.get(name)?.text ?? '';
  const { logLevel, logFormat } = settingsTable;
  return {
    level: logLevel.kind.parse(textOf(logLevel.env)) ?? logLevel.default,
    format: logFormat.kind.parse(textOf(logFormat.env)) ?? logFormat.default,
  };
}
