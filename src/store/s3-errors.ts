import type { ErrorCode } from '../error-codes.ts';
import { CainError, type ErrorOptions, messageOf } from '../errors.ts';
import {
  type ErrorMeaning,
  meaningOfKeyRefusal,
  meaningOfMissingKey,
  meaningOfName,
  meaningOfNetworkCode,
  meaningOfStatus,
  withKeyDoubt,
} from './s3-error-meanings.ts';

/** What is read of anything that the SDK throws: service errors, network errors and its own. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/**
 * What a failed request means. `doing` reads "put an object"; `precondition` is the code for 412, which means
 * something else under If-None-Match than under If-Match; `isKeyGiven` = a customer key (SSE-C) went along.
 */
export function storeError(
  doing: string,
  where: string,
  error: unknown,
  precondition: ErrorCode = 'CAIN_STORE_EXISTS',
  isKeyGiven = false,
): CainError {
  if (error instanceof CainError) return error;
  const meaning = meaningOf(error, isKeyGiven);
  const code = meaning.code === 'precondition' ? precondition : meaning.code;
  const options: ErrorOptions = { cause: error, retryable: meaning.retryable ?? false };
  return new CainError(
    code,
    `Can't ${doing}: ${describe(error)}: ${where}`,
    meaning.hint === undefined ? options : { ...options, hint: meaning.hint },
  );
}

/** True when the failed request was sent more than once: an earlier one may have done its work unheard. */
export function wasRepeated(error: unknown): boolean {
  const cause = error instanceof CainError ? error.cause : error;
  return ((cause as SdkError | undefined)?.$metadata?.attempts ?? 1) > 1;
}

/** The error name and HTTP status of the server's answer; none where no answer came. */
export function answerOf(error: unknown): {
  readonly name: string | undefined;
  readonly status: number | undefined;
} {
  const { name, $metadata } = ((error instanceof CainError ? error.cause : error) ?? {}) as SdkError;
  return { name, status: $metadata?.httpStatusCode };
}

function meaningOf(error: unknown, isKeyGiven: boolean): ErrorMeaning {
  const { name, code, $metadata } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  const meaning: ErrorMeaning = meaningOfNetworkCode(code) ??
    meaningOfName(name) ??
    meaningOfStatus(status) ??
    meaningOfKeyRefusal(name) ??
    meaningOfMissingKey(status, messageOf(error)) ?? { code: 'CAIN_STORE' };
  return isKeyGiven ? withKeyDoubt(meaning) : meaning;
}

function describe(error: unknown): string {
  const { name, code, $metadata } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  const message = messageOf(error).replace(/\.$/, '');
  if (status === undefined) return code ? `${code}, ${message}` : message;
  // An answer without a body (to HEAD) is "UnknownError" to the SDK.
  const words = [name, message].filter((word) => word && word !== 'UnknownError' && word !== 'Error');
  return [...new Set([String(status), ...words])].join(', ');
}
