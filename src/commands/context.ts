import type { Logger } from '../log.ts';
import type { Progress } from '../progress.ts';
import type { Settings } from '../settings/table.ts';

/** What a command is given of the world. It reads no environment, hears no signal and sets no exit code itself. */
export interface CommandContext {
  readonly settings: Settings;
  readonly log: Logger;
  readonly progress: Progress;
  /**
   * Aborted by SIGINT or SIGTERM with a CainError (CAIN_INTERRUPTED, CAIN_TERMINATED) as its reason. The command
   * cleans up and rejects with that reason.
   */
  readonly signal: AbortSignal;
  now(): Date;
  readonly environment: {
    /** KUBECONFIG */
    readonly kubeconfig?: string;
    /** HOME */
    readonly home?: string;
  };
  /** Writes a line to stdout, secrets struck out. For what the command was asked for; all else is logged. */
  print(text: string): void;
  /** From now on every log line carries this tag. */
  setTag(tag: string): void;
  /** Strikes this text from all output from now on: for secrets that are made or read on the way (presigned URLs). */
  registerSecret(secret: string): void;
}

export type Command = (context: CommandContext) => Promise<void>;
