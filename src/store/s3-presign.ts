import type { S3Client } from '@aws-sdk/client-s3';
import { createBaseFinder, type FindBase } from './s3-base.ts';
import { createS3Client } from './s3-client.ts';
import { refuseToShare } from './s3-customer-key.ts';
import type { ObjectRequest } from './s3-object-request.ts';
import type { S3StoreOptions } from './s3-options.ts';
import { encodeKey, signQuery } from './sigv4-query.ts';
import type { SignedRequest } from './store.ts';

/** Long enough for a part over a slow network, and for a retry or two. */
const longestLifetimeSeconds = 900;

export type Presign = (request: ObjectRequest) => Promise<SignedRequest>;

/**
 * Signs requests that others send. Every header is signed as a header: in the query, where the SDK's presigner would
 * put it, servers take a wrong checksum with 200 (measured with versitygw and MinIO).
 */
export function createPresigner(options: S3StoreOptions, client: S3Client, findOwnBase: FindBase): Presign {
  const findBase = options.podEndpoint
    ? createBaseFinder(
        createS3Client({ ...options, endpoint: options.podEndpoint }, () => {}),
        options.bucket,
      )
    : findOwnBase;

  return async ({ method, key, query, headers }) => {
    refuseToShare(options);
    const { protocol, host, path, region } = await findBase();
    const credentials = await client.config.credentials();
    const date = new Date();
    const lifetimeSeconds = lifetimeOf(credentials, date);
    const signed = signQuery(
      { method, host, path: `${path}${encodeKey(key)}`, query, headers },
      { region, date, lifetimeSeconds },
      credentials,
    );
    return { method, url: `${protocol}//${host}${signed}`, headers, lifetimeSeconds };
  };
}

/** With temporary credentials (IRSA) a URL ends when they do, whatever it says itself. */
function lifetimeOf({ expiration }: { readonly expiration?: Date }, now: Date): number {
  if (!expiration) return longestLifetimeSeconds;
  const left = Math.floor((expiration.getTime() - now.getTime()) / 1000);
  return Math.max(1, Math.min(longestLifetimeSeconds, left));
}
