export const caseNames = [
  'large-first',
  'restore-large',
  'small-first',
  'second-1-percent',
  'restore-small',
] as const;
export type CaseName = (typeof caseNames)[number];

export const toolNames = [
  'limit',
  'cain-direct',
  'cain-exec',
  'medusa-best',
  'medusa-default',
  'esop',
] as const;
export type ToolName = (typeof toolNames)[number];

/** What one run of a tool cost. */
export interface Measurement {
  /** The whole run: Cain's checks, snapshot and commit too. */
  readonly wallSeconds: number;
  /** Moving the files alone: of a backup the uploads, of a restore the downloads. Absent of tools that do not tell. */
  readonly transferSeconds?: number;
  /** Part of wallSeconds during which Cassandra was stopped or starting; absent of tools that never stop it. */
  readonly restartSeconds?: number;
  /** Of the tool's own processes and of what it ran in the pod, nodetool and cqlsh included; not of Cassandra and the S3 server. */
  readonly cpuSeconds: number;
  /** Of Cassandra while the tool ran: flush, snapshot, truncate, import, or its restart. */
  readonly databaseCpuSeconds?: number;
  /** The largest sum of the resident memory of all these processes at one moment. */
  readonly peakRssBytes: number;
  readonly s3Requests: number;
  /** First and second backups: bytes of the objects that were stored. Restores: of the objects that were read. */
  readonly bytes: number;
  /** Shares of the above, where a tool has two sides: Cain's process, and what ran in the pod. */
  readonly sides?: Sides;
}

export interface Sides {
  readonly cainCpuSeconds: number;
  readonly podCpuSeconds: number;
  readonly cainPeakRssBytes: number;
  readonly podPeakRssBytes: number;
  /** Over all exec sessions, both ways. */
  readonly apiServerBytes: number;
  readonly execCalls: number;
}

/** A tool in a case: medians over the rounds, or why there are none. */
export type Row =
  | (Measurement & {
      readonly case: CaseName;
      readonly tool: ToolName;
      readonly rounds: number;
      /** Median of wall time over that of `limit` in the same round. */
      readonly wallRatio?: number;
      /** Median of the transfer alone over the transfer alone of `limit` in the same round. */
      readonly transferRatio?: number;
      readonly cpuRatio?: number;
    })
  | { readonly case: CaseName; readonly tool: ToolName; readonly why: string };

export interface BenchResult {
  readonly startedAt: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly dataSets: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>;
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}
