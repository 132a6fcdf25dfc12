import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

/** Where a bucket is found: in the host's name or at its path. */
export interface BucketBase {
  /** `https://host:port` */
  readonly origin: string;
  /** With the port, where it is not the usual one. */
  readonly host: string;
  /** Ends with "/". */
  readonly path: string;
}

/** Asks the SDK itself, once; what failed (no credentials yet) is asked again the next time. */
export function findsBase(client: S3Client, bucket: string): () => Promise<BucketBase> {
  let found: Promise<BucketBase> | undefined;
  return () => {
    found ??= findBase(client, bucket).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}

async function findBase(client: S3Client, bucket: string): Promise<BucketBase> {
  const url = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: 'x' })));
  return { origin: url.origin, host: url.host, path: url.pathname.slice(0, -'x'.length) };
}
