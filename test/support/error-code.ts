import { expect } from 'chai';
import type { ErrorCode } from '../../src/error-codes.ts';
import { CainError } from '../../src/errors.ts';

/** The CainError that a promise must reject with; anything else fails the test. */
export async function rejection(promise: PromiseLike<unknown>, code: ErrorCode): Promise<CainError> {
  const outcome = await Promise.resolve(promise).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error(`It resolved, ${code} was expected`);
  const { error } = outcome;
  if (!(error instanceof CainError)) throw error;
  expect(error.code, error.message).to.equal(code);
  return error;
}
