import { type CommandName, commandNames, defaultCommand, isCommandName } from './command-names.ts';
import { CainError } from './errors.ts';
import { closest } from './settings/closest.ts';

export type CommandLine =
  | { readonly kind: 'help'; readonly command: CommandName | undefined }
  /** `argv` is what follows the command: its flags. */
  | { readonly kind: 'run'; readonly command: CommandName; readonly argv: readonly string[] };

/**
 * Reads `[command] [flags]`. The command is the first argument or missing, so that no value of a flag is ever
 * taken for one; the flags are for `readSettings`. Throws CAIN_USAGE when there is no such command.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const [first] = args;
  if (first === 'help')
    return { kind: 'help', command: args[1] === undefined ? undefined : commandOf(args[1]) };
  if (first === '--version') return { kind: 'run', command: 'version', argv: args.slice(1) };

  const isNamed = first !== undefined && !first.startsWith('-');
  const argv = isNamed ? args.slice(1) : args;
  if (argv.includes('--help') || argv.includes('-h')) {
    return { kind: 'help', command: isNamed ? commandOf(first) : undefined };
  }
  return { kind: 'run', command: isNamed ? commandOf(first) : defaultCommand, argv };
}

function commandOf(name: string): CommandName {
  if (isCommandName(name)) return name;

  const meant = closest(name, commandNames);
  throw new CainError('CAIN_USAGE', `Unknown command ${JSON.stringify(name)}`, {
    hint:
      meant === undefined
        ? `The commands are ${commandNames.join(', ')}; run \`cain --help\` for what they do.`
        : `Did you mean \`cain ${meant}\`? The commands are ${commandNames.join(', ')}.`,
  });
}
