import type { ErrorCode } from '../error-codes.ts';
import { CainError, isRetryable } from '../errors.ts';

/** Why a prune stops: what is odd, as a clause, and what a person can do about it. */
export function doubt(
  what: string,
  hint: string,
  options: { readonly cause?: unknown; readonly fields?: Readonly<Record<string, unknown>> } = {},
): CainError {
  const { cause, fields } = options;
  return new CainError('CAIN_PRUNE_STOPPED', `Prune stopped, nothing more was deleted: ${what}`, {
    hint,
    cause,
    retryable: isRetryable(cause),
    ...(fields ? { fields } : {}),
  });
}

/** What the store or a record in it can say; anything else (a lost Lease, an interrupt) speaks for itself. */
const doubtful: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CAIN_FORMAT',
  'CAIN_STORE',
  'CAIN_STORE_ACCESS',
  'CAIN_STORE_CHANGED',
  'CAIN_STORE_CHECKSUM',
  'CAIN_STORE_EXISTS',
  'CAIN_STORE_MISSING',
  'CAIN_TIMEOUT',
]);

/** Runs a part of a prune: whatever store or records fail with ends as CAIN_PRUNE_STOPPED that carries it as cause. */
export async function stopOnDoubt<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CainError) || !doubtful.has(error.code)) throw error;
    const hint =
      error.hint ??
      'Nothing is deleted on a doubt. See to what the store says; the next prune goes on from here.';
    throw doubt(error.message, hint, { cause: error, fields: error.fields });
  }
}
