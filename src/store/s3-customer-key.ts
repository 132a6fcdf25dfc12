import { createHash } from 'node:crypto';
import { CainError } from '../errors.ts';
import { probePrefix } from './layout.ts';
import type { S3StoreOptions } from './s3-options.ts';

/** The parameters of SSE-C, of every request that sends or reads an object's bytes. The SDK adds the key's MD5. */
export interface CustomerKey {
  SSECustomerAlgorithm?: 'AES256';
  /** 32 bytes in base64. A secret. */
  SSECustomerKey?: string;
}

export function customerKey({ sseCustomerKey }: Pick<S3StoreOptions, 'sseCustomerKey'>): CustomerKey {
  return sseCustomerKey === undefined
    ? {}
    : { SSECustomerAlgorithm: 'AES256', SSECustomerKey: sseCustomerKey };
}

/** Trials with and without a key can't read each other's objects. */
export function trialKey(name: string, { sseCustomerKey }: Pick<S3StoreOptions, 'sseCustomerKey'>): string {
  if (sseCustomerKey === undefined) return `${probePrefix}${name}`;
  const mark = createHash('sha256').update(sseCustomerKey).digest('hex').slice(0, 8);
  return `${probePrefix}${mark}-${name}`;
}

/** A signed request would carry the key into a pod, which could then read what all others have stored. */
export function refuseToShare({ sseCustomerKey }: Pick<S3StoreOptions, 'sseCustomerKey'>): void {
  if (sseCustomerKey === undefined) return;
  throw new CainError(
    'CAIN_STORE',
    'A request with the key of CAIN_S3_SSE_C_KEY is for nobody else to send',
    {
      hint: 'With a customer key the bytes go through exec: set CAIN_TRANSFER=exec or leave it unset.',
    },
  );
}

/** The key goes with every request. */
export function notOverTls(host: string): CainError {
  return new CainError(
    'CAIN_STORE',
    `The key of CAIN_S3_SSE_C_KEY is for https alone, and ${host} is asked over http`,
    {
      hint: 'Look at AWS_S3_ENDPOINT, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL and the profile.',
    },
  );
}

/** A store that does not know SSE-C takes the key in silence and stores the bytes as they are. */
export function checkIsEncrypted(
  answer: { readonly SSECustomerAlgorithm?: string | undefined },
  { SSECustomerAlgorithm: wanted }: CustomerKey,
  where: string,
): void {
  if (wanted === undefined || answer.SSECustomerAlgorithm === wanted) return;
  throw new CainError('CAIN_STORE', `The object store ignores the key of CAIN_S3_SSE_C_KEY: ${where}`, {
    hint: 'It has stored the bytes without it. Use a store with SSE-C, or leave the key out.',
  });
}
