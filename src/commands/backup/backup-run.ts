import type { HeldLease } from '../../kubernetes/lease.ts';
import type { Store } from '../../store/store.ts';
import type { CommandContext } from '../context.ts';
import type { ClusterSurvey } from '../preflight/survey-cluster.ts';
import type { ClusterAccess } from '../session.ts';
import type { TransferWays } from '../transfer-ways.ts';

/** What the steps of one backup have in common once the Lease is held. */
export interface BackupRun {
  readonly context: CommandContext;
  readonly access: ClusterAccess;
  readonly survey: ClusterSurvey;
  readonly store: Store;
  /** Of the bytes of each pod; of one that is not in it, it is tried when its turn comes. */
  readonly ways: TransferWays;
  readonly lease: HeldLease;
  readonly tag: string;
  readonly startedAt: Date;
  /** Aborted by SIGTERM, by a lost Lease, or by the first step that fails beside others. */
  readonly signal: AbortSignal;
}
