import { CainError } from '../errors.ts';
import type { Store, StoredObject } from '../store/store.ts';
import type { TransferItem, UploadOptions } from './upload-options.ts';

export interface ClaimedPut {
  readonly item: TransferItem;
  readonly stored: StoredObject;
}

/**
 * A pod said that it put these objects; the store is asked. Each could only be put with the CRC-32 that was signed, so
 * to be there with the right size and ETag is the proof. One listing for a thousand objects, where asking for each
 * would cost as much as sending the small ones.
 */
export async function confirmPuts(
  store: Store,
  puts: readonly ClaimedPut[],
  { pod, signal }: Pick<UploadOptions, 'pod' | 'signal'>,
): Promise<void> {
  const claimed = new Map(puts.map((put) => [put.item.key, put]));
  const prefixes = new Set(puts.map(({ item }) => nodePrefix(item.key)));
  for (const prefix of prefixes) {
    for await (const { key, sizeBytes, etag } of store.list(prefix, { signal })) {
      const put = claimed.get(key);
      if (put?.item.file.sizeBytes === sizeBytes && put.stored.etag === etag) claimed.delete(key);
    }
  }
  const [missing] = claimed.keys();
  if (missing === undefined) return;
  throw new CainError(
    'CAIN_TRANSFER_SHORT',
    `Pod ${pod.name} said that it stored ${claimed.size} objects that are not there as it said, first ${missing}`,
    {
      hint: 'Somebody deletes or replaces objects in the bucket, or the pod is not to be trusted.',
      retryable: true,
    },
  );
}

/** Without table and file: one listing for all tables of the node. */
function nodePrefix(key: string): string {
  const parts = key.split('/').slice(0, -2);
  return parts.length === 0 ? '' : `${parts.join('/')}/`;
}
