import type { ErrorCode } from '../../src/error-codes.ts';
import { CainError } from '../../src/errors.ts';

/** What the store in memory says, in the codes of the S3 store. */
export function memoryError(code: ErrorCode, why: string, key: string, retryable = false): CainError {
  return new CainError(code, `Memory store: ${why}: ${key}`, { retryable });
}
