import { crc32 } from 'node:zlib';
import type { SnapshotFile } from '../store/inventory.ts';
import type { MultipartUpload, Store, StoredObject } from '../store/store.ts';
import { checkReceived } from './check-received.ts';
import { combineCrc32 } from './crc32-combine.ts';
import { acceptEarlierTry } from './own-object.ts';
import type { PartPool } from './part-pool.ts';

export interface UploadedFile {
  readonly crc32: number;
  readonly stored: StoredObject;
}

export interface FileUpload {
  /** Takes the file's next bytes; waits while the pool has no buffer. */
  write(slice: Buffer): Promise<void>;
  /** After the last byte: checks length and digest, then completes the object. Only now it exists. */
  finish(): Promise<UploadedFile>;
  /** Ends it without an object; waits until nothing of it is left. Idempotent. */
  abort(): Promise<void>;
}

export interface FileUploadOptions {
  readonly store: Store;
  readonly pool: PartPool;
  readonly key: string;
  readonly file: SnapshotFile;
  readonly pod: string;
  readonly partBytes: number;
  /** Of the store's requests: what has arrived whole is stored even when the stream is given up. */
  readonly signal: AbortSignal;
  /** Of waiting for a part buffer: fires when the stream is given up. */
  readonly readSignal: AbortSignal;
}

/**
 * Uploads one file of known size as it streams in: in one put where it fits a part, else as multipart with
 * the parts going out side by side. The CRC-32 runs along; each part has its own, checked by the server.
 */
export function startFileUpload(options: FileUploadOptions): FileUpload {
  const { store, pool, key, file, partBytes, signal, readSignal } = options;
  const isSinglePart = file.sizeBytes <= partBytes;
  const parts: Array<Promise<void>> = [];
  let multipart: Promise<MultipartUpload> | undefined;
  let buffer: Buffer | undefined;
  let bufferFill = 0;
  let receivedBytes = 0;
  /** Of the parts before, and of the one that is being filled: each byte is summed once. */
  let partsCrc = 0;
  let bufferCrc = 0;
  let failure: { readonly error: unknown } | undefined;
  let isAborted = false;

  function remember(error: unknown): void {
    failure ??= { error };
  }
  function throwIfFailed(): void {
    if (failure) throw failure.error;
  }

  async function write(slice: Buffer): Promise<void> {
    throwIfFailed();
    receivedBytes += slice.length;
    if (receivedBytes > file.sizeBytes) checkReceived(options, receivedBytes, wholeCrc());
    let at = 0;
    while (at < slice.length) {
      buffer ??= await nextBuffer();
      const taken = slice.copy(buffer, bufferFill, at);
      bufferCrc = crc32(slice.subarray(at, at + taken), bufferCrc);
      bufferFill += taken;
      at += taken;
      if (bufferFill === buffer.length && !isSinglePart) sendPart();
    }
  }

  async function nextBuffer(): Promise<Buffer> {
    const granted = await pool.acquire(
      Math.min(partBytes, file.sizeBytes - parts.length * partBytes),
      readSignal,
    );
    if (!isAborted) return granted;
    pool.release(granted);
    throw new Error('the upload was aborted');
  }

  function sendPart(): void {
    const full = buffer;
    if (!full) return;
    const partCrc = bufferCrc;
    partsCrc = combineCrc32(partsCrc, partCrc, full.length);
    buffer = undefined;
    bufferFill = 0;
    bufferCrc = 0;
    multipart ??= store.beginUpload(key, { signal });
    const partNumber = parts.length + 1;
    const sent = multipart
      .then((upload) => upload.uploadPart(partNumber, full, { crc32: partCrc, signal }))
      .catch(remember)
      .finally(() => pool.release(full));
    parts.push(sent);
  }

  async function finish(): Promise<UploadedFile> {
    try {
      const crc = wholeCrc();
      checkReceived(options, receivedBytes, crc);
      const stored = await (isSinglePart ? putWhole() : completeParts()).catch(acceptEarlier);
      return { crc32: crc, stored };
    } finally {
      releaseBuffer();
    }
  }

  function wholeCrc(): number {
    return combineCrc32(partsCrc, bufferCrc, bufferFill);
  }

  async function putWhole(): Promise<StoredObject> {
    const body = buffer ?? Buffer.alloc(0);
    return await store.put(key, body, { ifNoneMatch: '*', crc32: wholeCrc(), signal });
  }

  async function completeParts(): Promise<StoredObject> {
    await Promise.all(parts);
    throwIfFailed();
    if (!multipart) throw new Error('a multipart file without a part');
    return await (await multipart).complete({ sizeBytes: receivedBytes, crc32: wholeCrc() });
  }

  async function acceptEarlier(error: unknown): Promise<StoredObject> {
    const earlier = await acceptEarlierTry(
      store,
      key,
      { sizeBytes: receivedBytes, crc32: wholeCrc() },
      error,
      signal,
    );
    // What was refused because of it is still pending.
    await (await multipart)?.abort();
    return earlier;
  }

  async function abort(): Promise<void> {
    isAborted = true;
    const upload = await multipart?.catch(() => undefined);
    try {
      // First, since it ends the parts in flight.
      await upload?.abort();
    } finally {
      await Promise.all(parts);
      releaseBuffer();
    }
  }

  function releaseBuffer(): void {
    if (buffer) pool.release(buffer);
    buffer = undefined;
  }

  return { write, finish, abort };
}
