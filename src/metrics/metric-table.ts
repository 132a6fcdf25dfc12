import type { Operation, RunReport } from './run-report.ts';

interface MetricFacts {
  /** Part of the interface: alerts and dashboards name it. */
  readonly name: string;
  /** Also the HELP text. A Pushgateway that gets two texts for a name logs it for ever: change one only for good reason. */
  readonly help: string;
  readonly unit: 'Unix time' | 'seconds' | 'bytes' | '0 or 1' | 'count' | 'always 1';
  /** The runs that push it. */
  readonly operations: readonly Operation[];
}

/** undefined = this run has nothing to say of it, and what the last one said stays. */
type Read<T> = (report: RunReport) => T | undefined;

export interface PlainMetric extends MetricFacts {
  readonly label?: undefined;
  readonly read: Read<number>;
}

/** One series for each value of the label; a push replaces all of them. */
export interface LabelledMetric extends MetricFacts {
  readonly label: string;
  readonly read: Read<Readonly<Record<string, number>>>;
}

export type Metric = PlainMetric | LabelledMetric;

const backupOnly = ['backup'] as const;
const restoreOnly = ['restore'] as const;
const drillOnly = ['drill'] as const;
const verifyOnly = ['verify'] as const;
/** A backup ends with a prune of its own plan. */
const pruning = ['backup', 'prune'] as const;

/** Every metric of Cain: what is pushed and what docs/metrics.md says both come from here. */
export const metricTable: readonly Metric[] = [
  {
    name: 'cain_backup_last_success_timestamp_seconds',
    help: 'When the last backup that succeeded ended',
    unit: 'Unix time',
    operations: backupOnly,
    read: (report) => (report.isSuccess ? unixTime(report.endedAt) : undefined),
  },
  {
    name: 'cain_backup_last_run_timestamp_seconds',
    help: 'When the last backup ended, whether it succeeded or not',
    unit: 'Unix time',
    operations: backupOnly,
    read: (report) => unixTime(report.endedAt),
  },
  {
    name: 'cain_backup_last_run_success',
    help: 'Whether the last backup succeeded',
    unit: '0 or 1',
    operations: backupOnly,
    read: (report) => Number(report.isSuccess),
  },
  {
    name: 'cain_backup_duration_seconds',
    help: 'How long the last backup took',
    unit: 'seconds',
    operations: backupOnly,
    read: durationSeconds,
  },
  {
    name: 'cain_backup_phase_duration_seconds',
    help: 'How long each step of the last backup took',
    unit: 'seconds',
    operations: backupOnly,
    label: 'phase',
    read: (report) => report.phases,
  },
  {
    name: 'cain_backup_bytes',
    help: 'What the last committed backup holds, uploaded and reused',
    unit: 'bytes',
    operations: backupOnly,
    read: (report) => report.bytes,
  },
  {
    name: 'cain_backup_uploaded_bytes',
    help: 'What the last committed backup uploaded',
    unit: 'bytes',
    operations: backupOnly,
    read: (report) => report.uploadedBytes,
  },
  {
    name: 'cain_backup_reused_bytes',
    help: 'What the last committed backup shares with earlier ones',
    unit: 'bytes',
    operations: backupOnly,
    read: (report) => report.reusedBytes,
  },
  {
    name: 'cain_backup_files',
    help: 'Files that the last committed backup holds',
    unit: 'count',
    operations: backupOnly,
    read: (report) => report.files,
  },
  {
    name: 'cain_backup_nodes_expected',
    help: 'Cassandra nodes that the last backup had to save',
    unit: 'count',
    operations: backupOnly,
    read: (report) => report.nodesExpected,
  },
  {
    name: 'cain_backup_nodes_succeeded',
    help: 'Cassandra nodes that the last backup saved',
    unit: 'count',
    operations: backupOnly,
    read: (report) => report.nodesSucceeded,
  },
  {
    name: 'cain_backups_retained',
    help: 'Backups of the plan that can be restored',
    unit: 'count',
    operations: pruning,
    read: (report) => report.retainedBackups,
  },
  {
    name: 'cain_oldest_restorable_timestamp_seconds',
    help: "The time of the plan's oldest backup that can be restored",
    unit: 'Unix time',
    operations: pruning,
    read: (report) => report.oldestRestorable && unixTime(report.oldestRestorable),
  },
  {
    name: 'cain_prune_last_run_timestamp_seconds',
    help: 'When the last run that pruned ended: which of the groups of backup and prune is the newer one',
    unit: 'Unix time',
    operations: pruning,
    read: ({ prune, endedAt }) => prune && unixTime(endedAt),
  },
  {
    name: 'cain_prune_last_run_success',
    help: 'Whether the last prune succeeded',
    unit: '0 or 1',
    operations: pruning,
    read: ({ prune }) => prune && Number(prune.isSuccess),
  },
  {
    name: 'cain_prune_held_back',
    help: "Whether the last prune deleted nothing because it would have taken over half of the plan's backups",
    unit: '0 or 1',
    operations: pruning,
    read: ({ prune }) => prune && Number(prune.isHeldBack),
  },
  {
    name: 'cain_prune_deleted_backups',
    help: 'Backups that the last prune let expire',
    unit: 'count',
    operations: pruning,
    read: ({ prune }) => prune?.deletedBackups,
  },
  {
    name: 'cain_prune_deleted_bytes',
    help: 'What the last prune deleted from the bucket',
    unit: 'bytes',
    operations: pruning,
    read: ({ prune }) => prune?.deletedBytes,
  },
  {
    name: 'cain_cleanup_last_run_success',
    help: 'Whether the last backup left no snapshot, upload or record behind',
    unit: '0 or 1',
    operations: backupOnly,
    read: ({ cleanupSucceeded }) => (cleanupSucceeded === undefined ? undefined : Number(cleanupSucceeded)),
  },
  {
    name: 'cain_schedule_interval_seconds',
    help: 'The longest wait between two runs of the schedule',
    unit: 'seconds',
    operations: backupOnly,
    read: ({ schedule }) => schedule?.intervalSeconds,
  },
  {
    name: 'cain_schedule_next_run_timestamp_seconds',
    help: 'When the schedule is due next',
    unit: 'Unix time',
    operations: backupOnly,
    read: ({ schedule }) => schedule && unixTime(schedule.nextRun),
  },
  {
    name: 'cain_restore_last_run_timestamp_seconds',
    help: 'When the last restore ended, whether it succeeded or not',
    unit: 'Unix time',
    operations: restoreOnly,
    read: (report) => unixTime(report.endedAt),
  },
  {
    name: 'cain_restore_last_success_timestamp_seconds',
    help: 'When the last restore that succeeded ended',
    unit: 'Unix time',
    operations: restoreOnly,
    read: (report) => (report.isSuccess ? unixTime(report.endedAt) : undefined),
  },
  {
    name: 'cain_restore_phase_duration_seconds',
    help: 'How long each step of the last restore took',
    unit: 'seconds',
    operations: restoreOnly,
    label: 'phase',
    read: (report) => report.phases,
  },
  {
    name: 'cain_restore_nodes_succeeded',
    help: 'Cassandra nodes that the last restore filled',
    unit: 'count',
    operations: restoreOnly,
    read: (report) => report.nodesSucceeded,
  },
  {
    name: 'cain_restore_last_run_success',
    help: 'Whether the last restore succeeded',
    unit: '0 or 1',
    operations: restoreOnly,
    read: (report) => Number(report.isSuccess),
  },
  {
    name: 'cain_restore_duration_seconds',
    help: 'How long the last restore took',
    unit: 'seconds',
    operations: restoreOnly,
    read: durationSeconds,
  },
  {
    name: 'cain_restore_bytes',
    help: 'What the last restore brought back',
    unit: 'bytes',
    operations: restoreOnly,
    read: (report) => report.bytes,
  },
  {
    name: 'cain_restore_files',
    help: 'Files that the last restore brought back',
    unit: 'count',
    operations: restoreOnly,
    read: (report) => report.files,
  },
  {
    name: 'cain_restore_tables',
    help: 'Tables that the last restore brought back',
    unit: 'count',
    operations: restoreOnly,
    read: (report) => report.tables,
  },
  {
    name: 'cain_drill_last_success_timestamp_seconds',
    help: 'When the last drill ended that restored a backup and read every row of it',
    unit: 'Unix time',
    operations: drillOnly,
    read: (report) => (report.isSuccess ? unixTime(report.endedAt) : undefined),
  },
  {
    name: 'cain_drill_last_run_timestamp_seconds',
    help: 'When the last drill ended, whether it succeeded or not',
    unit: 'Unix time',
    operations: drillOnly,
    read: (report) => unixTime(report.endedAt),
  },
  {
    name: 'cain_drill_last_run_success',
    help: 'Whether the last drill succeeded',
    unit: '0 or 1',
    operations: drillOnly,
    read: (report) => Number(report.isSuccess),
  },
  {
    name: 'cain_drill_duration_seconds',
    help: 'How long the last drill took: about as long as a restore takes',
    unit: 'seconds',
    operations: drillOnly,
    read: durationSeconds,
  },
  {
    name: 'cain_drill_bytes',
    help: 'What the last drill restored',
    unit: 'bytes',
    operations: drillOnly,
    read: (report) => report.bytes,
  },
  {
    name: 'cain_verify_last_run_timestamp_seconds',
    help: 'When the last verification ended, whatever it found',
    unit: 'Unix time',
    operations: verifyOnly,
    read: (report) => unixTime(report.endedAt),
  },
  {
    name: 'cain_verify_last_run_success',
    help: 'Whether the last verification came to its end and found no damage',
    unit: '0 or 1',
    operations: verifyOnly,
    read: (report) => Number(report.isSuccess),
  },
  {
    name: 'cain_verify_duration_seconds',
    help: 'How long the last verification took',
    unit: 'seconds',
    operations: verifyOnly,
    read: durationSeconds,
  },
  {
    name: 'cain_verify_backups',
    help: 'Backups that the last verification looked at',
    unit: 'count',
    operations: verifyOnly,
    read: ({ verify }) => verify?.backups,
  },
  {
    name: 'cain_verify_damaged_backups',
    help: 'Backups that are damaged, or whose manifest can not be read',
    unit: 'count',
    operations: verifyOnly,
    read: ({ verify }) => verify?.damagedBackups,
  },
  {
    name: 'cain_verify_objects',
    help: 'Objects that the last verification looked for',
    unit: 'count',
    operations: verifyOnly,
    read: ({ verify }) => verify?.objects,
  },
  {
    name: 'cain_verify_damaged_objects',
    help: 'Objects that the last verification found missing or damaged',
    unit: 'count',
    operations: verifyOnly,
    read: ({ verify }) => verify?.damagedObjects,
  },
  {
    name: 'cain_verify_read_bytes',
    help: 'What the last verification read from the bucket',
    unit: 'bytes',
    operations: verifyOnly,
    read: ({ verify }) => verify?.readBytes,
  },
  {
    name: 'cain_build_info',
    help: 'The version of Cain that ran last',
    unit: 'always 1',
    operations: ['backup', 'prune', 'restore', 'drill', 'verify'],
    label: 'version',
    read: (report) => ({ [report.version]: 1 }),
  },
];

function unixTime(date: Date): number {
  return date.getTime() / 1000;
}

/** A clock that was set back during the run must not make a negative duration of it. */
function durationSeconds({ startedAt, endedAt }: RunReport): number {
  return Math.max(0, unixTime(endedAt) - unixTime(startedAt));
}
