/** The commands that push metrics, each under its own `operation` label. */
export const operations = ['backup', 'prune', 'restore', 'drill', 'verify'] as const;
export type Operation = (typeof operations)[number];

export interface PruneReport {
  readonly deletedBackups: number;
  readonly deletedBytes: number;
  readonly isSuccess: boolean;
  readonly isHeldBack: boolean;
}

export interface VerifyReport {
  readonly backups: number;
  readonly damagedBackups: number;
  readonly objects: number;
  readonly damagedObjects: number;
  readonly readBytes: number;
}

export interface ScheduleReport {
  readonly intervalSeconds: number;
  readonly nextRun: Date;
}

/**
 * What a run did, as far as metrics tell it. A fact that is left out is not pushed, and the Pushgateway keeps
 * what the last run said of it: right for the size of a backup when this run committed none, wrong for
 * the nodes that took part, which a failed run must tell too.
 */
export interface RunReport {
  readonly operation: Operation;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly isSuccess: boolean;
  /** Seconds by name of the step. */
  readonly phases: Readonly<Record<string, number>>;
  /** Of a backup: all that it holds. Of a restore: all that it brought back. */
  readonly bytes?: number | undefined;
  readonly uploadedBytes?: number | undefined;
  readonly reusedBytes?: number | undefined;
  readonly files?: number | undefined;
  readonly nodesExpected?: number | undefined;
  readonly nodesSucceeded?: number | undefined;
  /** Live backups of the plan after the run. */
  readonly retainedBackups?: number | undefined;
  /** The time of the plan's oldest live backup. */
  readonly oldestRestorable?: Date | undefined;
  readonly prune?: PruneReport | undefined;
  readonly cleanupSucceeded?: boolean | undefined;
  readonly schedule?: ScheduleReport | undefined;
  readonly verify?: VerifyReport | undefined;
  /** Tables restored. */
  readonly tables?: number | undefined;
  /** Cain's own. */
  readonly version: string;
}
