import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { CainError } from '../errors.ts';
import { checkedBody } from './s3-body.ts';
import type { S3Connection } from './s3-connection.ts';
import { crc32FromBase64 } from './s3-crc32.ts';
import { answerOf, storeError } from './s3-errors.ts';
import { checkIsListing } from './s3-list.ts';
import type { ObjectRequest } from './s3-object-request.ts';
import type { BytesOutput } from './s3-send-bytes.ts';
import { storedObject } from './s3-stored-object.ts';
import type { ObjectHead, Store, UploadOptions } from './store.ts';

export async function getObject(
  connection: S3Connection,
  key: string,
  { signal }: UploadOptions,
): ReturnType<Store['get']> {
  const { bucket } = connection;
  const where = `s3://${bucket}/${key}`;
  const command = () => new GetObjectCommand({ Bucket: bucket, Key: key, ...connection.customerKey });
  const request = { ...getRequest(key), headers: { 'x-amz-checksum-mode': 'ENABLED' } };
  const answer = await connection.call({ doing: 'get an object', key, signal }, (_, options) =>
    connection.sendBytes(request, command, options),
  );
  const stream = answer.Body as Readable;
  try {
    const head = objectHead(answer, where);
    return { ...head, body: checkedBody(stream, { where, ...head, signal }) };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

export function getRequest(key: string): ObjectRequest {
  return { method: 'GET', key, query: { 'x-id': 'GetObject' }, headers: {} };
}

export async function headObject(
  connection: S3Connection,
  key: string,
  { signal }: UploadOptions,
): Promise<ObjectHead | undefined> {
  const { bucket } = connection;
  try {
    const answer = await connection.call({ doing: 'look up an object', key, signal }, (client, options) =>
      client.send(
        new HeadObjectCommand({
          Bucket: bucket,
          Key: key,
          ChecksumMode: 'ENABLED',
          ...connection.customerKey,
        }),
        options,
      ),
    );
    return objectHead(answer, `s3://${bucket}/${key}`);
  } catch (error) {
    if (answerOf(error).status !== 404) throw error;
    await confirmMissing(connection, key, signal);
    return undefined;
  }
}

/**
 * The answer to HEAD has no body, so a 404 can also mean an unknown bucket or, from versitygw, an unknown access
 * key. A listing has one: only when it works, and does not show the key, the object is missing.
 */
async function confirmMissing(
  connection: S3Connection,
  key: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { bucket } = connection;
  const doing = 'look up an object';
  const listing = await connection.call({ doing, key, signal }, (client, options) =>
    client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 }), options),
  );
  checkIsListing(listing, connection, key.slice(connection.prefix.length));
  if (listing.Contents?.[0]?.Key !== key) return;
  throw new CainError(
    'CAIN_STORE',
    `Can't ${doing}: HEAD says that it is missing, a listing shows it: s3://${bucket}/${key}`,
    {
      retryable: true,
    },
  );
}

function objectHead(answer: BytesOutput | HeadObjectCommandOutput, where: string): ObjectHead {
  const { ContentLength, LastModified, ChecksumCRC32, ChecksumType, StorageClass } = answer;
  if (ContentLength === undefined || LastModified === undefined) {
    throw storeError('read an object', where, new Error('the answer lacks Content-Length or Last-Modified'));
  }
  const crc32 = ChecksumType === 'COMPOSITE' ? undefined : crc32FromBase64(ChecksumCRC32);
  return {
    ...storedObject(answer, where),
    sizeBytes: ContentLength,
    lastModified: LastModified,
    ...(crc32 === undefined ? {} : { crc32 }),
    ...(StorageClass === undefined || StorageClass === 'STANDARD' ? {} : { storageClass: StorageClass }),
  };
}
