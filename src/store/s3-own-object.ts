import { crc32 } from 'node:zlib';
import { CainError } from '../errors.ts';
import type { S3Connection } from './s3-connection.ts';
import { wasRepeated } from './s3-errors.ts';
import { getObject, headObject } from './s3-read.ts';
import type { ObjectHead, StoredObject, UploadOptions } from './store.ts';

export interface WholeObject {
  readonly sizeBytes: number;
  readonly crc32: number;
}

const unheardSuccess: ReadonlySet<string> = new Set([
  'CAIN_STORE_EXISTS',
  'CAIN_STORE_CHANGED',
  // Of an upload: it is gone since it was completed.
  'CAIN_STORE_MISSING',
]);

/** Where the server keeps no CRC-32, an object up to this size is read back to learn it. */
const largestReadBack = 8 * 1024 * 1024;

/**
 * A request whose answer was lost is sent again and then meets its own work: the object "exists already". It is
 * ours when its size and CRC-32 are; anything else throws the error. A request that was sent once is never taken for a success.
 */
export async function acceptOwnObject(
  connection: S3Connection,
  key: string,
  whole: WholeObject,
  error: unknown,
  { isRepeated = wasRepeated(error), ...options }: UploadOptions & { isRepeated?: boolean } = {},
): Promise<StoredObject> {
  if (!isRepeated || !(error instanceof CainError) || !unheardSuccess.has(error.code)) throw error;
  let head: ObjectHead | undefined;
  try {
    head = await findWhole(connection, key, whole, options);
  } catch (lookUpError) {
    error.cleanupErrors.push(lookUpError);
  }
  if (!head) throw error;
  return head.versionId === undefined ? { etag: head.etag } : { etag: head.etag, versionId: head.versionId };
}

async function findWhole(
  connection: S3Connection,
  key: string,
  whole: WholeObject,
  options: UploadOptions,
): Promise<ObjectHead | undefined> {
  const head = await headObject(connection, key, options);
  if (head?.sizeBytes !== whole.sizeBytes) return undefined;
  const found = head.crc32 ?? (await readBackCrc32(connection, key, head, options));
  return found === whole.crc32 ? head : undefined;
}

async function readBackCrc32(
  connection: S3Connection,
  key: string,
  { sizeBytes, etag }: ObjectHead,
  options: UploadOptions,
): Promise<number | undefined> {
  if (sizeBytes > largestReadBack) return undefined;
  const object = await getObject(connection, key, options);
  let crc = 0;
  for await (const chunk of object.body) crc = crc32(chunk, crc);
  return object.etag === etag ? crc : undefined;
}
