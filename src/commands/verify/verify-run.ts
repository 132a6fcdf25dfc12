import type { Logger } from '../../log.ts';
import type { Progress } from '../../progress.ts';
import type { Store } from '../../store/store.ts';
import type { Findings } from './findings.ts';
import type { Slice } from './slice.ts';

/** What the steps of one verification have in common. */
export interface VerifyRun {
  readonly store: Store;
  readonly log: Logger;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Reads the bytes of the objects in the slice; else their checksum is asked for. */
  readonly isFull: boolean;
  /** undefined = all objects. */
  readonly slice: Slice | undefined;
  /** Objects that are read at once. */
  readonly parallel: number;
  readonly retries: number;
  readonly findings: Findings;
}

/** Lists and look-ups of one node in flight at once: enough to hide their latency, too few to be told to slow down. */
export const requestsAtOnce = 16;
