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
      for (const prefix of new Set([...claimed.keys()].map(nodePrefix))) await listBelow(prefix, claimed, by);
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

/** Without table and file: one listing for all tables of the node. */
function nodePrefix(key: string): string {
  const table = key.lastIndexOf('/');
  const node = table < 1 ? -1 : key.lastIndexOf('/', table - 1);
  return key.slice(0, node + 1);
}
