import type { Logger } from '../../log.ts';
import { type InventoryLine, inventoryRecord } from '../../store/inventory.ts';
import { writeJsonLines } from '../../store/json-lines.ts';
import { checkpointKey } from '../../store/layout.ts';
import type { Store } from '../../store/store.ts';

/** Between these bounds a checkpoint follows when a tenth of the time so far has passed: at most a tenth is lost, and few are written. */
const shortestIntervalMs = 1_000;
const longestIntervalMs = 60_000;
const intervalShare = 0.1;
/** Of the last one, for which a run that was told to stop has little time. */
const flushLimitMs = 10_000;

export interface Checkpoints {
  /** Remembers a stored file; writes a checkpoint when one is due. One that can't be written now is tried again later. */
  add(line: InventoryLine): Promise<void>;
  /** Writes what is not yet written: called when the transfer fails, perhaps because its signal fired. Never rejects. */
  flush(): Promise<void>;
}

export interface CheckpointOptions {
  readonly store: Store;
  readonly tag: string;
  readonly pod: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * What a node has stored so far, kept in the bucket so that a run that dies need not be repeated from zero. A
 * convenience: it never fails the transfer.
 */
export function createCheckpoints({ store, tag, pod, signal, log }: CheckpointOptions): Checkpoints {
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
  function write(within: AbortSignal): Promise<void> {
    lastAt = performance.now();
    writing = writing.then(() => writePending(within));
    return writing;
  }
  async function writePending(within: AbortSignal): Promise<void> {
    const lines = pending;
    if (lines.length === 0) return;
    pending = [];
    try {
      // Another key each time: the one before may be there although its answer was lost.
      const key = checkpointKey(tag, pod, ++sequence);
      await writeJsonLines(store, key, lines.map(inventoryRecord), { ifNoneMatch: '*', signal: within });
    } catch (error) {
      pending = [...lines, ...pending];
      // Then it is the flush that counts.
      if (within === signal && signal.aborted) return;
      log.warn('Checkpoint could not be written; if this run fails, the next one uploads more', {
        pod,
        error,
      });
    }
  }

  return {
    async add(line) {
      pending.push(line);
      if (isDue(performance.now())) await write(signal);
    },
    flush: () => write(AbortSignal.timeout(flushLimitMs)),
  };
}
