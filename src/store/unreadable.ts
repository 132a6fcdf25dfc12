import { CainError } from '../errors.ts';
import { isRefusalOfOneObject } from './s3-error-meanings.ts';
import { answerOf } from './s3-errors.ts';

/** Whether it is the one object that can't be read, however often one asks. Whatever else a store fails with says nothing of it. */
export function isUnreadable(error: unknown): error is CainError {
  return isDamage(error) || isRefused(error);
}

export function isMissing(error: unknown): error is CainError {
  return error instanceof CainError && error.code === 'CAIN_STORE_MISSING';
}

/** What lies there is no record of ours, one of a newer format, or no longer what was stored. */
export function isDamage(error: unknown): error is CainError {
  return error instanceof CainError && (error.code === 'CAIN_FORMAT' || error.code === 'CAIN_STORE_CHECKSUM');
}

/** The store does not give it to us, for want of a right or of its key, or out of an archive. It may be whole. */
export function isRefused(error: unknown): error is CainError {
  if (!(error instanceof CainError)) return false;
  if (error.code === 'CAIN_STORE_ACCESS') return true;
  return error.code === 'CAIN_STORE' && !error.retryable && isRefusalOfOneObject(answerOf(error).name);
}

/** Reads again, from the start, what came with other bytes than the store holds: once the way here may be to blame, twice it is the object. */
export async function readTwiceIfWrong<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CainError) || error.code !== 'CAIN_STORE_CHECKSUM') throw error;
    return await read();
  }
}
