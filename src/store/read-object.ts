import { createHash } from 'node:crypto';
import { formatError } from '../record.ts';
import type { Store } from './store.ts';
import { readTwiceIfWrong } from './unreadable.ts';

/** Control records are small; one that is not is no record of ours. */
const largestRecordBytes = 64 * 1024 * 1024;

/** A small object as a whole. With `sha256` (hex) its bytes are checked against what names it. */
export async function readObject(
  store: Store,
  key: string,
  signal: AbortSignal,
  sha256?: string,
): Promise<Uint8Array> {
  const { bytes } = await readStored(store, key, signal);
  if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw formatError(key, 'its SHA-256 is not the one that the manifest names');
  }
  return bytes;
}

interface StoredRecord {
  readonly bytes: Uint8Array;
  readonly lastModified: Date;
}

/** The same, with the time at which it was stored. */
export async function readStored(
  store: Store,
  key: string,
  signal: AbortSignal,
  mostBytes = largestRecordBytes,
): Promise<StoredRecord> {
  return await readTwiceIfWrong(() => readOnce(store, key, signal, mostBytes));
}

async function readOnce(
  store: Store,
  key: string,
  signal: AbortSignal,
  mostBytes: number,
): Promise<StoredRecord> {
  const { body, sizeBytes, lastModified } = await store.get(key, { signal });
  if (sizeBytes > mostBytes) {
    body.destroy();
    throw formatError(key, `it has ${sizeBytes} bytes`);
  }
  const chunks: Uint8Array[] = [];
  let receivedBytes = 0;
  for await (const chunk of body) {
    receivedBytes += chunk.length;
    if (receivedBytes > mostBytes) throw formatError(key, `it has more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), lastModified };
}
