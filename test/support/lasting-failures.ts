import { CainError } from '../../src/errors.ts';
import { storeError } from '../../src/store/s3-errors.ts';
import type { StoreFault } from './faulty-store.ts';

export interface LastingFailure {
  readonly title: string;
  readonly error: CainError;
  /** False = the object may be whole. */
  readonly isDamage: boolean;
  /** How often it is asked for before the answer is believed. */
  readonly times: number;
}

/** What a store that is well says of one object, however often one asks. */
export const lastingFailures: readonly LastingFailure[] = [
  {
    title: 'rotten',
    error: new CainError('CAIN_STORE_CHECKSUM', 'Got other bytes than the object store holds', {
      retryable: true,
    }),
    isDamage: true,
    times: 2,
  },
  { title: 'archived', error: s3Refusal('InvalidObjectState', 403), isDamage: false, times: 1 },
  { title: 'locked by its key', error: s3Refusal('KMS.DisabledException', 400), isDamage: false, times: 1 },
];

/** As the S3 store tells it. */
export function s3Refusal(name: string, httpStatusCode: number): CainError {
  const answer = Object.assign(new Error(`canned ${name}`), { name, $metadata: { httpStatusCode } });
  return storeError('get an object', 's3://bucket/key', answer);
}

/** The failure at each read of one key. */
export function failingRead({ error, times }: LastingFailure, key: string): StoreFault {
  return { method: 'get', keyMatches: new RegExp(key.replaceAll('.', '\\.')), error, times };
}
