import { CompleteMultipartUploadCommand } from '@aws-sdk/client-s3';
import { CainError } from '../errors.ts';
import type { S3Connection } from './s3-connection.ts';
import { crc32FromBase64, crc32ToBase64 } from './s3-crc32.ts';
import type { WholeObject } from './s3-own-object.ts';
import { headObject } from './s3-read.ts';
import { storedObject } from './s3-stored-object.ts';
import type { StoredObject } from './store.ts';

export interface SentPart {
  readonly etag: string;
  readonly crc32: number;
  readonly sizeBytes: number;
}

export interface UploadSubject {
  readonly key: string;
  readonly uploadId: string;
}

/** Fails unless the server has the same size and CRC-32 of the whole, and (If-None-Match) unless the key is new. */
export async function completeUpload(
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
    ...connection.customerKey,
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
export function checkSize(
  { bucket }: S3Connection,
  key: string,
  parts: ReadonlyMap<number, SentPart>,
  { sizeBytes }: WholeObject,
): void {
  const sent = [...parts.values()].reduce((sum, part) => sum + part.sizeBytes, 0);
  if (sent !== sizeBytes)
    throw wrongBytes(`its parts have ${sent} bytes, not ${sizeBytes}`, `s3://${bucket}/${key}`);
}

function wrongBytes(why: string, where: string): CainError {
  return new CainError('CAIN_STORE_CHECKSUM', `Can't complete an upload: ${why}: ${where}`);
}
