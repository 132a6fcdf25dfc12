import { parseCommandLine } from './command-line.ts';
import type { CommandName } from './command-names.ts';
import type { Command } from './commands/context.ts';
import { CainError, exitCodeOf } from './errors.ts';
import { generalHelp, helpOf } from './help.ts';
import type { Output } from './logging/events.ts';
import { createLogging, type Logging } from './logging/logging.ts';
import { readLogSettings } from './settings/read-log-settings.ts';
import { readSettings } from './settings/read-settings.ts';

/** What main.ts takes from the process, and a test makes up. */
export interface World {
  /** What stands behind the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether `stderr`, where the log goes, is a terminal. */
  readonly isTerminal: boolean;
  readonly now: () => Date;
  /** Aborted with the error that the run shall end with. */
  readonly signal: AbortSignal;
  /** Gets what tells errors that come from outside of any call once the run is stopping. */
  onStrayTeller?(tell: (error: unknown) => void): void;
  loadCommand(name: CommandName): Promise<Command>;
}

/** Secrets that Cain never reads itself; the AWS SDK does. */
const awsSecrets = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_CONTAINER_AUTHORIZATION_TOKEN'];

/** What these print is somebody's data, whole and to be compared: a password that occurs in it by chance must not change it. */
const printsData: ReadonlySet<CommandName> = new Set(['schema', 'list'] as const);

/** Runs what the arguments ask for and resolves to the exit code. Errors were told when it resolves; it never rejects. */
export async function run(world: World): Promise<number> {
  try {
    const commandLine = parseCommandLine(world.args);
    if (commandLine.kind === 'run') return await runCommand(world, commandLine.command, commandLine.argv);

    const help = commandLine.command === undefined ? generalHelp() : helpOf(commandLine.command);
    world.stdout.write(`${help}\n`);
    return 0;
  } catch (error) {
    return report(openLogging(world, 'backup', []), error);
  }
}

async function runCommand(world: World, command: CommandName, argv: readonly string[]): Promise<number> {
  const logging = openLogging(world, command, argv);
  const { log, progress, redactor, setTag } = logging;
  world.onStrayTeller?.((error) => log.error('Another error came while the run was stopping', { error }));
  try {
    const { settings, warnings } = readSettings({
      command,
      argv,
      env: environmentFor(world, command),
      readFile: world.readFile,
      onSecret: redactor.register,
    });
    for (const warning of warnings) log.warn('A setting needs a look', { warning });

    const execute = await world.loadCommand(command);
    await execute({
      settings,
      log,
      progress,
      signal: world.signal,
      now: world.now,
      environment: {
        ...(world.env.KUBECONFIG ? { kubeconfig: world.env.KUBECONFIG } : {}),
        ...(world.env.HOME ? { home: world.env.HOME } : {}),
      },
      print: (text) =>
        logging.interject(() =>
          world.stdout.write(`${printsData.has(command) ? text : redactor.strike(text)}\n`),
        ),
      setTag,
      registerSecret: redactor.register,
    });
    return 0;
  } catch (error) {
    return report(logging, endingOf(error, world.signal), command);
  } finally {
    logging.close();
  }
}

/** `cain version` answers in any environment. */
function environmentFor({ env }: World, command: CommandName): World['env'] {
  return command === 'version' ? {} : env;
}

function openLogging(world: World, command: CommandName, argv: readonly string[]): Logging {
  const logging = createLogging({
    ...readLogSettings(command, argv, environmentFor(world, command)),
    stream: world.stderr,
    isTerminal: world.isTerminal,
    hasColour: world.isTerminal && !world.env.NO_COLOR,
    command,
    now: world.now,
  });
  for (const name of awsSecrets) logging.redactor.register(world.env[name] ?? '');
  return logging;
}

/** After a signal the run ends with the signal's error, whatever the stop looked like from inside. */
function endingOf(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted || error === signal.reason) return error;

  const isEcho = error instanceof Error && (error.name === 'AbortError' || error.cause === signal.reason);
  if (!isEcho && signal.reason instanceof CainError) signal.reason.cleanupErrors.push(error);
  return signal.reason;
}

function report({ log, close }: Logging, error: unknown, command?: CommandName): number {
  close();
  const exitCode = exitCodeOf(error);
  const what =
    command === undefined ? 'Cain can not start' : `${command[0]?.toUpperCase()}${command.slice(1)} failed`;
  log.error(what, { error: error instanceof Error ? error : new Error(String(error)), exitCode });
  if (!(error instanceof CainError)) {
    log.error('Nobody foresaw this error: CAIN_LOG_LEVEL=debug adds where it happened, please report it');
  }
  return exitCode;
}
