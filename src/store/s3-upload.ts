import { crc32 as crc32Of } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CainError } from '../errors.ts';
import { checkSize, completeUpload, type SentPart, type UploadSubject } from './s3-completion.ts';
import type { S3Connection } from './s3-connection.ts';
import { crc32ToBase64 } from './s3-crc32.ts';
import { checkIsEncrypted } from './s3-customer-key.ts';
import { answerOf } from './s3-errors.ts';
import type { ObjectRequest } from './s3-object-request.ts';
import { acceptOwnObject, type WholeObject } from './s3-own-object.ts';
import { bufferOf } from './s3-put.ts';
import { storedObject } from './s3-stored-object.ts';
import type {
  MultipartUpload,
  PartOptions,
  SignedBody,
  SignedRequest,
  StoredObject,
  UploadOptions,
} from './store.ts';
import { isMissing } from './unreadable.ts';

/**
 * The whole-object CRC-32 (type FULL_OBJECT) is computed by the server over the parts that it stored and compared
 * on completion; the default type would be a checksum of checksums, which nobody else can know.
 */
export async function beginMultipartUpload(
  connection: S3Connection,
  key: string,
  { signal }: UploadOptions,
): Promise<MultipartUpload> {
  const { bucket } = connection;
  const { UploadId: uploadId } = await connection.call(
    { doing: 'begin an upload', key, signal },
    (client, options) =>
      client.send(
        new CreateMultipartUploadCommand({
          Bucket: bucket,
          Key: key,
          ChecksumAlgorithm: 'CRC32',
          ChecksumType: 'FULL_OBJECT',
          ...connection.attributes(key),
        }),
        options,
      ),
  );
  if (!uploadId) {
    throw new CainError('CAIN_STORE', `The object store gave no upload id: s3://${bucket}/${key}`, {
      retryable: true,
    });
  }
  return multipartUpload(connection, key, uploadId);
}

function multipartUpload(connection: S3Connection, key: string, uploadId: string): MultipartUpload {
  const parts = new Map<number, SentPart>();
  const inFlight = new Map<Promise<unknown>, AbortController>();
  let isCompletionSent = false;
  let mayPartsLinger = false;

  async function uploadPart(partNumber: number, body: Uint8Array, options: PartOptions = {}): Promise<void> {
    const { signal: outer } = options;
    outer?.throwIfAborted();
    const stop = new AbortController();
    const onOuterAbort = (): void => stop.abort(outer?.reason);
    outer?.addEventListener('abort', onOuterAbort, { once: true });
    const sending = sendPart(connection, { key, uploadId, partNumber }, body, {
      ...options,
      signal: stop.signal,
    });
    inFlight.set(sending, stop);
    try {
      parts.set(partNumber, await sending);
    } catch (error) {
      mayPartsLinger ||= answerOf(error).status === undefined;
      throw error;
    } finally {
      inFlight.delete(sending);
      outer?.removeEventListener('abort', onOuterAbort);
    }
  }

  async function signPart(partNumber: number, body: SignedBody): Promise<SignedRequest> {
    // Whoever gets it may use it until it expires, whatever becomes of the upload.
    mayPartsLinger = true;
    return await connection.presign(partRequest({ key, uploadId, partNumber }, body));
  }

  function addPart(partNumber: number, part: SentPart): void {
    parts.set(partNumber, part);
  }

  async function complete(whole: WholeObject): Promise<StoredObject> {
    checkSize(connection, key, parts, whole);
    const isSentBefore = isCompletionSent;
    isCompletionSent = true;
    try {
      return await completeUpload(connection, { key, uploadId }, parts, whole);
    } catch (error) {
      return await acceptOwnObject(connection, key, whole, error, isSentBefore ? { isRepeated: true } : {});
    }
  }

  /** A part whose answer never came may still be on its way into the server and outlive the abort: it is sent twice then. */
  async function abort(): Promise<void> {
    const reason = new CainError('CAIN_STORE', `The upload was aborted: s3://${connection.bucket}/${key}`);
    for (const stop of inFlight.values()) stop.abort(reason);
    await Promise.allSettled(inFlight.keys());
    await abortMultipartUpload(connection, key, uploadId);
    if (mayPartsLinger) await abortMultipartUpload(connection, key, uploadId);
  }

  return { uploadPart, signPart, addPart, complete, abort };
}

interface PartSubject extends UploadSubject {
  readonly partNumber: number;
}

function partRequest(
  { key, uploadId, partNumber }: PartSubject,
  { sizeBytes, crc32 }: SignedBody,
): ObjectRequest {
  return {
    method: 'PUT',
    key,
    query: { partNumber: String(partNumber), uploadId, 'x-id': 'UploadPart' },
    headers: { 'content-length': String(sizeBytes), 'x-amz-checksum-crc32': crc32ToBase64(crc32) },
  };
}

async function sendPart(
  connection: S3Connection,
  subject: PartSubject,
  body: Uint8Array,
  { signal, crc32 = crc32Of(body) }: PartOptions,
): Promise<SentPart> {
  const { bucket } = connection;
  const { key, uploadId, partNumber } = subject;
  const buffer = bufferOf(body);
  const sizeBytes = buffer.byteLength;
  const request = { ...partRequest(subject, { sizeBytes, crc32 }), body: buffer };
  const command = (): UploadPartCommand =>
    new UploadPartCommand({
      Bucket: bucket,
      Key: key,
      UploadId: uploadId,
      PartNumber: partNumber,
      Body: buffer,
      ContentLength: sizeBytes,
      ChecksumCRC32: crc32ToBase64(crc32),
      ...connection.customerKey,
    });
  const answer = await connection.call({ doing: `upload part ${partNumber}`, key, signal }, (_, options) =>
    connection.sendBytes(request, command, options),
  );
  const where = `part ${partNumber} of s3://${bucket}/${key}`;
  // Not when the upload begins: MinIO says nothing of it there.
  checkIsEncrypted(answer, connection.customerKey, where);
  const { etag } = storedObject(answer, where);
  return { etag, crc32, sizeBytes };
}

/** An upload that is gone already was what was wanted. */
export async function abortMultipartUpload(
  connection: S3Connection,
  key: string,
  uploadId: string,
): Promise<void> {
  try {
    await connection.call({ doing: 'abort an upload', key }, (client, options) =>
      client.send(
        new AbortMultipartUploadCommand({ Bucket: connection.bucket, Key: key, UploadId: uploadId }),
        options,
      ),
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
