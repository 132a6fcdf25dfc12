import { crc32 } from 'node:zlib';
import { CainError } from '../errors.ts';
import type { Store, StoredObject } from '../store/store.ts';

/**
 * A file that is read again after a cut may meet the object of its own first try, whose answer came too late: the
 * key is under this run's tag, so nobody else can have put it there. It is taken when size and CRC-32 are right;
 * anything else throws the error.
 */
export async function acceptEarlierTry(
  store: Store,
  key: string,
  whole: { readonly sizeBytes: number; readonly crc32: number },
  error: unknown,
  signal: AbortSignal,
): Promise<StoredObject> {
  if (!(error instanceof CainError) || error.code !== 'CAIN_STORE_EXISTS') throw error;
  const head = await store.head(key, { signal });
  if (!head || head.sizeBytes !== whole.sizeBytes) throw error;
  const found = head.crc32 ?? (await readCrc32(store, key, signal));
  if (found !== whole.crc32) throw error;
  return { etag: head.etag, ...(head.versionId === undefined ? {} : { versionId: head.versionId }) };
}

async function readCrc32(store: Store, key: string, signal: AbortSignal): Promise<number> {
  let crc = 0;
  for await (const chunk of (await store.get(key, { signal })).body) crc = crc32(chunk, crc);
  return crc;
}
