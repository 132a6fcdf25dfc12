import { crc32 } from 'node:zlib';
import { CainError } from '../errors.ts';
import type { MultipartUpload, Store, StoredObject, UploadOptions } from './store.ts';

/** 10,000 of them are 80 GB: no record comes near. */
const partBytes = 8 * 1024 * 1024;

/**
 * Writes a stream of unknown length as a new object: in one put where it fits a part, else in parts, one after the
 * other. Two parts are in memory at most. When the stream fails nothing is stored.
 */
export async function writeStream(
  store: Store,
  key: string,
  chunks: AsyncIterable<Uint8Array>,
  options: UploadOptions = {},
): Promise<StoredObject> {
  let upload: MultipartUpload | undefined;
  let whole = { sizeBytes: 0, crc32: 0 };
  let partNumber = 0;
  try {
    for await (const { part, isLast } of partsOf(chunks)) {
      if (isLast && partNumber === 0) return await store.put(key, part, { ...options, ifNoneMatch: '*' });
      upload ??= await store.beginUpload(key, options);
      await upload.uploadPart(++partNumber, part, options);
      whole = { sizeBytes: whole.sizeBytes + part.length, crc32: crc32(part, whole.crc32) };
    }
    if (!upload) throw new Error('a stream without a last part');
    return await upload.complete(whole);
  } catch (error) {
    await upload?.abort().catch((abortError) => {
      if (error instanceof CainError) error.cleanupErrors.push(abortError);
    });
    throw error;
  }
}

/** Parts of the same size; the last one, which may be empty, says that it is. */
async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ part: Buffer; isLast: boolean }> {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    while (gatheredBytes + rest.length > partBytes) {
      const taken = rest.subarray(0, partBytes - gatheredBytes);
      yield { part: Buffer.concat([...gathered, taken]), isLast: false };
      rest = rest.subarray(taken.length);
      gathered = [];
      gatheredBytes = 0;
    }
    gathered.push(rest);
    gatheredBytes += rest.length;
  }
  yield { part: Buffer.concat(gathered), isLast: true };
}
