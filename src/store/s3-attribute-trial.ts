import { crc32 } from 'node:zlib';
import { PutObjectCommand, type PutObjectCommandOutput } from '@aws-sdk/client-s3';
import { CainError } from '../errors.ts';
import type { S3Connection } from './s3-connection.ts';
import { crc32ToBase64 } from './s3-crc32.ts';
import { isBucketLockable, type RunLocks } from './s3-lock.ts';
import { lockAttributes } from './s3-object-attributes.ts';
import type { S3StoreOptions } from './s3-options.ts';
import type { UploadOptions } from './store.ts';

type Wanted = Pick<S3StoreOptions, 'sse' | 'sseCustomerKey' | 'tags'> & {
  readonly locks: RunLocks | undefined;
};

const bytes = Buffer.from(
  'Written by Cain to find out whether this object store does what it is asked for.\n',
);

/**
 * What was asked for new objects and this store leaves out or refuses, a sentence each: many take encryption that
 * they don't know in silence. Puts an object with all of it, as every object of a backup will be put. Whether tags
 * are kept only a further right could tell; stores that have none refuse them.
 */
export async function ignoredAttributes(
  connection: S3Connection,
  key: string,
  wanted: Wanted,
  options: UploadOptions,
): Promise<readonly string[]> {
  const { sse, sseCustomerKey, tags, locks } = wanted;
  if (locks && (await isBucketLockable(connection, options)) === false)
    return [`Object Lock is not enabled for the bucket ${connection.bucket}: nothing can be locked there`];
  if (!sse && !sseCustomerKey && !tags && !locks) return [];
  let answer: PutObjectCommandOutput;
  try {
    answer = await putAsAsked(connection, key, locks, options);
  } catch (error) {
    if (!(error instanceof CainError) || error.code !== 'CAIN_STORE' || error.retryable) throw error;
    return [error.message];
  }
  const found: string[] = [];
  if (sse && answer.ServerSideEncryption !== sse)
    found.push(
      `Encryption by ${sse} is ignored: the store says ${answer.ServerSideEncryption ?? 'nothing'} of it`,
    );
  if (sseCustomerKey && answer.SSECustomerAlgorithm === undefined)
    found.push('The customer key is ignored: objects would be stored without it');
  return found;
}

async function putAsAsked(
  connection: S3Connection,
  key: string,
  locks: RunLocks | undefined,
  { signal }: UploadOptions,
): Promise<PutObjectCommandOutput> {
  const command = new PutObjectCommand({
    Bucket: connection.bucket,
    Key: key,
    Body: bytes,
    // S3 takes no lock without a checksum of the body.
    ChecksumCRC32: crc32ToBase64(crc32(bytes)),
    ...connection.attributes(key),
    ...(locks ? lockAttributes(locks.given) : {}),
  });
  const doing = 'put an object as the settings ask for (encryption, tags, Object Lock)';
  return await connection.call({ doing, key, signal }, (client, options) => client.send(command, options));
}
