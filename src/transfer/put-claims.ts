import { forEachLimited } from '../concurrency.ts';
import { CainError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { UploadedFile } from './file-upload.ts';
import type { TransferItem, UploadOptions } from './upload-options.ts';

/** Objects that a pod says it put, until the store was asked. */
export interface PutClaims {
  /** Asks the store for all that wait when that is due: what is proven counts early, for checkpoints' sake. */
  add(item: TransferItem, uploaded: UploadedFile): Promise<void>;
  /** Asks for all that wait, by the signal of the transfer unless another is given. What is there counts as stored; rejects while anything is not. */
  confirm(by?: AbortSignal): Promise<void>;
  readonly waiting: ReadonlyMap<string, PutClaim>;
}

interface PutClaim {
  readonly item: TransferItem;
  readonly uploaded: UploadedFile;
}

export interface PutClaimsOptions extends Pick<UploadOptions, 'pod' | 'signal'> {
  readonly store: Store;
  readonly onStored: (item: TransferItem, uploaded: UploadedFile) => void | Promise<void>;
}

/** A listing is of all that a node has stored so far: at most a tenth of the time goes into them, and none into a short transfer. */
const shortestIntervalMs = 30_000;
const intervalPerListing = 10;

/** A server is as slow over a page as over a few small objects: 10,000 keys in one listing take a tenth of the time that they took to be put. */
const listingsAtOnce = 4;
/** A page holds 1,000 keys. For tables of fewer, listings of their own would be more requests than they save time. */
const keysForOwnListing = 500;

/**
 * A pod said that it put these objects; none of them counts before the store was asked. Each could only be put with
 * the CRC-32 that was signed, so to be there with the right size and ETag is the proof. One listing for a thousand
 * objects, where asking for each would cost as much as sending the small ones.
 */
export function createPutClaims(
  { store, pod, signal, onStored }: PutClaimsOptions,
  now: () => number = () => performance.now(),
): PutClaims {
  const waiting = new Map<string, PutClaim>();
  let dueAt = now() + shortestIntervalMs;
  // One at a time.
  let confirming: Promise<void> = Promise.resolve();

  function confirm(by = signal): Promise<void> {
    const confirmed = confirming.then(() => askForAll(by));
    confirming = confirmed.catch(() => {});
    return confirmed;
  }

  async function askForAll(by: AbortSignal): Promise<void> {
    const claimed = new Map(waiting);
    if (claimed.size === 0) return;
    const startedAt = now();
    dueAt = Infinity;
    try {
      const prefixes = prefixesOf(claimed.keys());
      await forEachLimited(prefixes, listingsAtOnce, (prefix) => listBelow(prefix, claimed, by));
    } finally {
      const endedAt = now();
      dueAt = endedAt + Math.max(shortestIntervalMs, intervalPerListing * (endedAt - startedAt));
    }
    const [missing] = claimed.keys();
    if (missing !== undefined) throw missingError(pod.name, claimed.size, missing);
  }

  /** Takes what it finds out of `claimed`. */
  async function listBelow(prefix: string, claimed: Map<string, PutClaim>, by: AbortSignal): Promise<void> {
    for await (const { key, sizeBytes, etag } of store.list(prefix, { signal: by })) {
      const claim = claimed.get(key);
      if (claim?.item.file.sizeBytes !== sizeBytes || claim.uploaded.stored.etag !== etag) continue;
      claimed.delete(key);
      waiting.delete(key);
      await onStored(claim.item, claim.uploaded);
    }
  }

  return {
    async add(item, uploaded) {
      waiting.set(item.key, { item, uploaded });
      if (now() >= dueAt) await confirm();
    },
    confirm,
    waiting,
  };
}

function missingError(pod: string, count: number, key: string): CainError {
  return new CainError(
    'CAIN_TRANSFER_SHORT',
    `Pod ${pod} said that it stored ${count} objects that are not there as it said, first ${key}`,
    {
      hint: 'Somebody deletes or replaces objects in the bucket, or the pod is not to be trusted.',
      retryable: true,
    },
  );
}

/** Where to look for keys: table by table where that is no more work than all tables of a node at once. */
function prefixesOf(keys: Iterable<string>): readonly string[] {
  const counts = new Map<string, number>();
  for (const key of keys) {
    const table = key.slice(0, key.lastIndexOf('/') + 1);
    counts.set(table, (counts.get(table) ?? 0) + 1);
  }
  const tables = [...counts.keys()];
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return total >= tables.length * keysForOwnListing ? tables : [...new Set(tables.map(nodePrefix))];
}

/** The node's, of a table's. */
function nodePrefix(table: string): string {
  return table.slice(0, table.lastIndexOf('/', table.length - 2) + 1);
}
