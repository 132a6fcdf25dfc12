import type { Exec } from '@kubernetes/client-node';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { Logger } from '../log.ts';
import type { SnapshotFile } from '../store/inventory.ts';
import type { Store } from '../store/store.ts';
import type { UploadedFile } from './file-upload.ts';
import type { PartLimits } from './part-size.ts';

/** One file to bring into the store. */
export interface TransferItem {
  readonly file: SnapshotFile;
  /** Absolute, in the pod. */
  readonly path: string;
  readonly key: string;
}

/** What every way of bringing a node's files into the store is given. */
export interface UploadOptions {
  readonly exec: Exec;
  readonly pod: CassandraPod;
  readonly store: Store;
  readonly parts: PartLimits;
  /** Files of this node that are uploaded at once. */
  readonly parallel: number;
  /** Attempts without any progress before the run gives up; see patience.ts for a pod that is away. */
  readonly retries: number;
  readonly stallMs: number;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Bytes read (negative: taken back, since their file is read again). */
  readonly onBytes: (bytes: number) => void;
  readonly onStored: (item: TransferItem, uploaded: UploadedFile) => void | Promise<void>;
}
