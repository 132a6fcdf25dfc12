import { type InventoryLine, inventoryRecord } from '../../store/inventory.ts';
import { writeJsonLines } from '../../store/json-lines.ts';
import { checkpointKey } from '../../store/layout.ts';
import type { Store } from '../../store/store.ts';

/** Between these bounds a checkpoint follows when a tenth of the time so far has passed: at most a tenth is lost, and few are written. */
const shortestIntervalMs = 1_000;
const longestIntervalMs = 60_000;
const intervalShare = 0.1;

export interface Checkpoints {
  /** Remembers a stored file; writes a checkpoint when one is due. */
  add(line: InventoryLine): Promise<void>;
  /** Writes what is not yet written: called when the transfer fails. */
  flush(): Promise<void>;
}

/** What a node has stored so far, kept in the bucket so that a run that dies need not be repeated from zero. */
export function createCheckpoints(store: Store, tag: string, pod: string, signal: AbortSignal): Checkpoints {
  const startedAt = performance.now();
  let lastAt = startedAt;
  let pending: InventoryLine[] = [];
  let sequence = 0;
  // One at a time, in order.
  let writing: Promise<void> = Promise.resolve();

  function isDue(now: number): boolean {
    const interval = Math.min(
      longestIntervalMs,
      Math.max(shortestIntervalMs, (now - startedAt) * intervalShare),
    );
    return now - lastAt >= interval;
  }
  function write(): Promise<void> {
    const lines = pending;
    pending = [];
    lastAt = performance.now();
    if (lines.length === 0) return writing;
    const key = checkpointKey(tag, pod, ++sequence);
    writing = writing.then(async () => {
      await writeJsonLines(store, key, lines.map(inventoryRecord), { ifNoneMatch: '*', signal });
    });
    return writing;
  }

  return {
    async add(line) {
      pending.push(line);
      if (isDue(performance.now())) await write();
    },
    flush: write,
  };
}
