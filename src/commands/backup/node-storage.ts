import type { Budget } from '../../budget.ts';
import type { PartPool } from '../../transfer/part-pool.ts';
import type { BackupRun } from './backup-run.ts';
import type { ReuseSources } from './reuse-records.ts';
import type { ClusterState } from './take-snapshots.ts';

/** What all nodes of a run share while they are planned and stored. */
export interface NodeStorage {
  readonly run: BackupRun;
  readonly state: ClusterState;
  readonly pool: PartPool;
  /** undefined = reuse nothing. */
  readonly reuse: ReuseSources | undefined;
  /** Full backups hold the snapshots' own manifest.json and schema.cql too. */
  readonly isFull: boolean;
  /** Of nodes whose files are listed and compared at once: each holds all of them several times meanwhile. */
  readonly planning: Budget;
  /** Of files that are planned and whose node is not finished. */
  readonly held: Budget;
  readonly signal: AbortSignal;
}
