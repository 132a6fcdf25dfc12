import { crc32 as crc32Of } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CainError } from '../errors.ts';
import type { S3Connection } from './s3-connection.ts';
import { crc32FromBase64, crc32ToBase64 } from './s3-crc32.ts';
import { answerOf } from './s3-errors.ts';
import { acceptOwnObject, type WholeObject } from './s3-own-object.ts';
import { bufferOf } from './s3-put.ts';
import { headObject } from './s3-read.ts';
import { storedObject } from './s3-stored-object.ts';
import type { MultipartUpload, PartOptions, StoredObject, UploadOptions } from './store.ts';

interface SentPart {
  readonly etag: string;
  readonly crc32: number;
  readonly sizeBytes: number;
}

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
  if (!uploadId)
    throw new CainError('CAIN_STORE', `The object store gave no upload id: s3://${bucket}/${key}`);
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

  async function complete(whole: WholeObject): Promise<StoredObject> {
    checkSize(parts, whole, `s3://${connection.bucket}/${key}`);
    const isSentBefore = isCompletionSent;
    isCompletionSent = true;
    try {
      return await sendCompletion(connection, { key, uploadId }, parts, whole);
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

  return { uploadPart, complete, abort };
}

interface UploadSubject {
  readonly key: string;
  readonly uploadId: string;
}

async function sendPart(
  connection: S3Connection,
  { key, uploadId, partNumber }: UploadSubject & { partNumber: number },
  body: Uint8Array,
  { signal, crc32 = crc32Of(body) }: PartOptions,
): Promise<SentPart> {
  const { bucket } = connection;
  const command = new UploadPartCommand({
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
    PartNumber: partNumber,
    Body: bufferOf(body),
    ContentLength: body.byteLength,
    ChecksumCRC32: crc32ToBase64(crc32),
  });
  const answer = await connection.call(
    { doing: `upload part ${partNumber}`, key, signal },
    (client, options) => client.send(command, options),
  );
  const { etag } = storedObject(answer, `part ${partNumber} of s3://${bucket}/${key}`);
  return { etag, crc32, sizeBytes: body.byteLength };
}

async function sendCompletion(
  connection: S3Connection,
  { key, uploadId }: UploadSubject,
  parts: ReadonlyMap<number, SentPart>,
  whole: WholeObject,
): Promise<StoredObject> {
  const { bucket } = connection;
  const where = `s3://${bucket}/${key}`;
  const command = new CompleteMultipartUploadCommand({
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
    ChecksumType: 'FULL_OBJECT',
    ChecksumCRC32: crc32ToBase64(whole.crc32),
    MpuObjectSize: whole.sizeBytes,
    IfNoneMatch: '*',
    MultipartUpload: {
      Parts: [...parts]
        .toSorted(([a], [b]) => a - b)
        .map(([PartNumber, { etag, crc32 }]) => ({
          PartNumber,
          ETag: etag,
          ChecksumCRC32: crc32ToBase64(crc32),
        })),
    },
  });
  const answer = await connection.call({ doing: 'complete an upload', key }, (client, options) =>
    client.send(command, options),
  );
  const stored = storedObject(answer, where);
  const crc32 = crc32FromBase64(answer.ChecksumCRC32);
  if (crc32 === undefined) await checkStoredSize(connection, key, whole);
  else if (crc32 !== whole.crc32) throw wrongBytes(`the object has another CRC-32`, where);
  return stored;
}

/** Of a server that ignores checksums at least the size is asked for. */
async function checkStoredSize(connection: S3Connection, key: string, whole: WholeObject): Promise<void> {
  const head = await headObject(connection, key, {});
  if (head?.sizeBytes === whole.sizeBytes) return;
  throw wrongBytes(
    `it has ${head?.sizeBytes ?? 'no'} bytes, not ${whole.sizeBytes}`,
    `s3://${connection.bucket}/${key}`,
  );
}

/** Before the server is asked: not every server heeds MpuObjectSize. */
function checkSize(parts: ReadonlyMap<number, SentPart>, { sizeBytes }: WholeObject, where: string): void {
  const sent = [...parts.values()].reduce((sum, part) => sum + part.sizeBytes, 0);
  if (sent !== sizeBytes) throw wrongBytes(`its parts have ${sent} bytes, not ${sizeBytes}`, where);
}

function wrongBytes(why: string, where: string): CainError {
  return new CainError('CAIN_STORE_CHECKSUM', `Can't complete an upload: ${why}: ${where}`);
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
    if (!(error instanceof CainError) || error.code !== 'CAIN_STORE_MISSING') throw error;
  }
}
