import { type ErrorCode, errorCodes } from './error-codes.ts';

export interface ErrorOptions {
  /** What to do about it: a whole sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** True when the same call, made again a little later, may succeed. Retry logic asks this, never the text. */
  readonly retryable?: boolean;
  /** Facts of the failure (pod, keyspace, key …), logged beside the message. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * Every failure that Cain knows the meaning of. The message leads with what failed, then where
 * (pod, keyspace, file, key): sentence case, no full stop.
 */
export class CainError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Failures of the clean-up that this error caused: attached, so that they never replace it. */
  readonly cleanupErrors: unknown[] = [];
  /** It ended a run that may have changed something. */
  isMidRun = false;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CainError';
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.fields = options.fields ?? {};
  }
}

/** The exit code that `docs/errors.md` promises for this error; what nobody foresaw is 1. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof CainError)) return 1;
  const ends = errorCodes[error.code];
  return error.isMidRun && 'midRunExit' in ends ? ends.midRunExit : ends.exit;
}

/** Marks and gives back what ended a run that may have changed something: its exit code may differ from that of preflight. */
export function midRun(error: unknown): unknown {
  if (error instanceof CainError) error.isMidRun = true;
  return error;
}

export function isRetryable(error: unknown): boolean {
  return error instanceof CainError && error.retryable;
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
