import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Connection } from './s3-connection.ts';
import { isBucketLockable } from './s3-lock.ts';
import type { S3StoreOptions } from './s3-options.ts';
import type { UploadOptions } from './store.ts';

/**
 * What was asked for new objects and this store would leave out, a sentence each: many take encryption that they
 * don't know in silence. Of tags only a further right could tell; stores that have none refuse them.
 */
export async function ignoredAttributes(
  connection: S3Connection,
  key: string,
  wanted: Pick<S3StoreOptions, 'sse' | 'lock'>,
  options: UploadOptions,
): Promise<readonly string[]> {
  const found: string[] = [];
  if (wanted.sse !== undefined) {
    const answered = await encryptionOfPut(connection, key, options);
    if (answered !== wanted.sse)
      found.push(`Encryption by ${wanted.sse} is ignored: the store says ${answered ?? 'nothing'} of it`);
  }
  if (wanted.lock && (await isBucketLockable(connection, options)) === false)
    found.push(`Object Lock is not enabled for the bucket ${connection.bucket}: nothing can be locked there`);
  return found;
}

async function encryptionOfPut(
  connection: S3Connection,
  key: string,
  { signal }: UploadOptions,
): Promise<string | undefined> {
  const { bucket } = connection;
  const answer = await connection.call(
    { doing: 'put an object with encryption', key, signal },
    (client, options) =>
      client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: Buffer.from('Written by Cain to find out whether this object store encrypts.\n'),
          ...connection.attributes(key),
        }),
        options,
      ),
  );
  return answer.ServerSideEncryption;
}
