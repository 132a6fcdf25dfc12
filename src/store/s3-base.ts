import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

/** Where a bucket is found, in the host's name or at its path, and what a signature for it names. */
export interface BucketBase {
  /** `https:` */
  readonly protocol: string;
  readonly hostname: string;
  /** Where it is not the usual one. */
  readonly port: number | undefined;
  /** Name and port. */
  readonly host: string;
  /** Ends with "/". */
  readonly path: string;
  readonly region: string;
  /** `s3`, or what only the SDK knows how to sign for. */
  readonly service: string;
}

export type FindBase = () => Promise<BucketBase>;

/** Asks the SDK itself, once; what failed (no credentials yet) is asked again the next time. */
export function createBaseFinder(client: S3Client, bucket: string): FindBase {
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
  const signed = await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: 'x' }));
  const { protocol, hostname, port, host, pathname, searchParams } = new URL(signed);
  // KEY/20261130/eu-central-1/s3/aws4_request
  const [, , region = '', service = ''] = searchParams.get('X-Amz-Credential')?.split('/') ?? [];
  return {
    protocol,
    hostname,
    port: port ? Number(port) : undefined,
    host,
    path: pathname.slice(0, -'x'.length),
    region,
    service,
  };
}
