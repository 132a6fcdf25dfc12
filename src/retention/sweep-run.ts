import type { Logger } from '../log.ts';
import type { Store } from '../store/store.ts';

/** What a sweep has done so far; it counts up even where the sweep stops half-way. */
export interface SweepTally {
  /** Data objects; differential marks and control records are not counted. */
  deletedObjects: number;
  deletedBytes: number;
  deletedRecords: number;
  /** Objects that the store would not delete (Object Lock, policy): they stay and are tried again next time. */
  refused: number;
  /** Deleted by a mark alone: the bucket is versioned and keeps the bytes. Absent = none. */
  marked?: number;
  /** The store's words for one of them. */
  refusal?: { readonly key: string; readonly reason: string };
}

export interface SweepOptions {
  /** The store's clock: LastModified is compared with it. */
  readonly now: Date;
  readonly graceMs: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Proves right before each delete that the Lease is still ours; rejects otherwise. */
  confirmLease(): Promise<void>;
  /** The tag of the run that sweeps, which must be committed: nothing of it is touched. */
  readonly ownTag?: string | undefined;
  /** Given by a caller that wants to know what was done before a failure. */
  readonly tally?: SweepTally;
  /** Keys of records that were checked a moment ago: they are put once and never change. */
  readonly checked?: Set<string>;
}

/** What the steps of one sweep have in common. */
export interface SweepRun extends SweepOptions {
  readonly store: Store;
  readonly tally: SweepTally;
  readonly checked: Set<string>;
  /** Keys of the marks that this sweep has made sure of. */
  readonly marked: Set<string>;
}

export function newTally(): SweepTally {
  return { deletedObjects: 0, deletedBytes: 0, deletedRecords: 0, refused: 0 };
}

/** Requests of one kind in flight at once: enough to hide their latency, too few to be told to slow down. */
export const requestsAtOnce = 8;
