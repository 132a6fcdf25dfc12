import { crc32 as crc32Of } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CainError } from '../errors.ts';
import type { S3Connection } from './s3-connection.ts';
import { crc32ToBase64 } from './s3-crc32.ts';
import { checkIsEncrypted } from './s3-customer-key.ts';
import { headersOfAttributes } from './s3-object-attributes.ts';
import type { ObjectRequest } from './s3-object-request.ts';
import { acceptOwnObject } from './s3-own-object.ts';
import { storedObject } from './s3-stored-object.ts';
import type { PutOptions, SignedBody, SignedRequest, StoredObject } from './store.ts';
import { isMissing } from './unreadable.ts';

/**
 * Always from memory: with a stream for a body, an error of its source is an uncaught exception in the SDK and the
 * request hangs, and nothing could be sent again.
 */
export async function putObject(
  connection: S3Connection,
  key: string,
  body: Uint8Array,
  { ifNoneMatch, ifMatch, crc32 = crc32Of(body), signal }: PutOptions,
): Promise<StoredObject> {
  const { bucket } = connection;
  const where = `s3://${bucket}/${key}`;
  const buffer = bufferOf(body);
  const given = { sizeBytes: body.byteLength, crc32 };
  const request = putRequest(connection, key, given, { ifNoneMatch, ifMatch });
  const precondition = ifMatch === undefined ? 'CAIN_STORE_EXISTS' : 'CAIN_STORE_CHANGED';
  const command = (): PutObjectCommand =>
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: buffer,
      ContentLength: body.byteLength,
      ChecksumCRC32: crc32ToBase64(crc32),
      ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch }),
      ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }),
      ...connection.attributes(key),
    });
  try {
    const answer = await connection.call(
      { doing: 'put an object', key, signal, precondition },
      (_, options) => connection.sendBytes({ ...request, body: buffer }, command, options),
    );
    checkIsEncrypted(answer, connection.customerKey, where);
    return storedObject(answer, where);
  } catch (error) {
    return await acceptOwnObject(
      connection,
      key,
      given,
      ifMatch === undefined ? error : changedError(error),
      {
        ...(signal ? { signal } : {}),
      },
    );
  }
}

/** The same put for somebody else to send: its size and CRC-32 are signed, so that no other bytes fit. */
export async function signPutObject(
  connection: S3Connection,
  key: string,
  body: SignedBody,
  { ifNoneMatch }: { readonly ifNoneMatch?: '*' },
): Promise<SignedRequest> {
  return await connection.presign(putRequest(connection, key, body, { ifNoneMatch }));
}

function putRequest(
  connection: S3Connection,
  key: string,
  { sizeBytes, crc32 }: SignedBody,
  { ifNoneMatch, ifMatch }: Preconditions,
): ObjectRequest {
  return {
    method: 'PUT',
    key,
    query: { 'x-id': 'PutObject' },
    headers: {
      'content-length': String(sizeBytes),
      'x-amz-checksum-crc32': crc32ToBase64(crc32),
      ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      ...headersOfAttributes(connection.attributes(key)),
    },
  };
}

interface Preconditions {
  readonly ifNoneMatch?: '*' | undefined;
  readonly ifMatch?: string | undefined;
}

/** The same bytes, not copied: the SDK knows how to send a Buffer again. */
export function bufferOf(body: Uint8Array): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** If-Match on an object that is gone is answered with 404 and not with 412. */
function changedError(error: unknown): unknown {
  if (!isMissing(error)) return error;
  return new CainError('CAIN_STORE_CHANGED', error.message, { cause: error.cause });
}
