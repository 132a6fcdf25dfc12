import type { TimeRange } from './dashboard-model.ts';

const day = 86_400;
const gib = 1024 ** 3;

interface SamplePlan {
  readonly cluster: string;
  readonly plan: string;
  readonly intervalSeconds: number;
  /** Seconds after midnight. */
  readonly at: number;
  readonly startGib: number;
  readonly growthPerDay: number;
  readonly changedShare: number;
  readonly minutesPerGib: number;
  readonly keep: number;
  /** Days on which it failed, counted from the first. */
  readonly failedDays: readonly number[];
}

const plans: readonly SamplePlan[] = [
  {
    cluster: 'orders',
    plan: 'default',
    intervalSeconds: day,
    at: 7200,
    startGib: 412,
    growthPerDay: 0.006,
    changedShare: 0.09,
    minutesPerGib: 0.28,
    keep: 14,
    failedDays: [],
  },
  {
    cluster: 'orders',
    plan: 'ledger',
    intervalSeconds: 3600,
    at: 300,
    startGib: 36,
    growthPerDay: 0.004,
    changedShare: 0.03,
    minutesPerGib: 0.12,
    keep: 48,
    failedDays: [11],
  },
  {
    cluster: 'profiles',
    plan: 'default',
    intervalSeconds: day,
    at: 10_800,
    startGib: 168,
    growthPerDay: 0.002,
    changedShare: 0.22,
    minutesPerGib: 0.35,
    keep: 10,
    failedDays: [17, 18],
  },
];

/** From one sample to the next: what a Pushgateway holds between two runs does not change. */
export const sampleEverySeconds = 900;

/**
 * A month of made-up runs of three plans in OpenMetrics' format, as a Prometheus would have scraped them from a
 * Pushgateway: for looking at the dashboard without waiting for a month.
 */
export function sampleHistory({ from, to }: TimeRange): string {
  const lines = new Map<string, string[]>();
  for (const plan of plans) {
    for (let time = from; time <= to; time += sampleEverySeconds) {
      for (const [series, value] of samplesAt(plan, time, from)) {
        const [name = ''] = series.split('{');
        const labels = series.slice(name.length + 1, -1);
        const text = `${name}{job="cain",namespace="databases",cluster="${plan.cluster}",plan="${plan.plan}",${labels}} ${value} ${time}`;
        lines.set(name, [...(lines.get(name) ?? []), text]);
      }
    }
  }
  const families = [...lines].map(([name, samples]) => `# TYPE ${name} gauge\n${samples.join('\n')}\n`);
  return `${families.join('')}# EOF\n`;
}

function samplesAt(plan: SamplePlan, time: number, from: number): Array<[series: string, value: number]> {
  const ran = lastRun(plan, time);
  const succeeded = lastRun(plan, time, (run) => !isFailed(plan, run, from));
  if (ran === undefined || succeeded === undefined) return [];
  const age = (succeeded - from) / day;
  const wave = 1 + 0.25 * Math.sin(succeeded / 37_000);
  const bytes = plan.startGib * gib * (1 + plan.growthPerDay) ** age;
  const uploaded = bytes * plan.changedShare * wave;
  const seconds = (uploaded / gib) * plan.minutesPerGib * 60 + 95;
  const phases = {
    preflight: 9,
    snapshot: 21,
    inventory: 30,
    transfer: seconds - 95,
    commit: 3,
    retention: 32,
  };
  const backup = 'operation="backup"';
  const deleted = bytes * plan.changedShare * (0.8 + 0.2 * Math.sin(succeeded / 51_000));
  return [
    [`cain_backup_last_run_timestamp_seconds{${backup}}`, ran + seconds],
    [`cain_backup_last_success_timestamp_seconds{${backup}}`, succeeded + seconds],
    [`cain_backup_last_run_success{${backup}}`, ran === succeeded ? 1 : 0],
    [`cain_backup_duration_seconds{${backup}}`, ran === succeeded ? seconds : 64],
    ...Object.entries(phases).map(([phase, value]): [string, number] => [
      `cain_backup_phase_duration_seconds{${backup},phase="${phase}"}`,
      value,
    ]),
    [`cain_backup_bytes{${backup}}`, bytes],
    [`cain_backup_uploaded_bytes{${backup}}`, uploaded],
    [`cain_backup_reused_bytes{${backup}}`, bytes - uploaded],
    [`cain_backup_nodes_expected{${backup}}`, 6],
    [`cain_backup_nodes_succeeded{${backup}}`, ran === succeeded ? 6 : 0],
    [
      `cain_backups_retained{${backup}}`,
      Math.min(plan.keep, 1 + Math.floor((succeeded - from) / plan.intervalSeconds)),
    ],
    [
      `cain_oldest_restorable_timestamp_seconds{${backup}}`,
      Math.max(from, succeeded - plan.keep * plan.intervalSeconds),
    ],
    [`cain_prune_last_run_timestamp_seconds{${backup}}`, succeeded + seconds],
    [`cain_prune_last_run_success{${backup}}`, 1],
    [`cain_prune_deleted_bytes{${backup}}`, age > 2 ? deleted : 0],
    [`cain_schedule_interval_seconds{${backup}}`, plan.intervalSeconds],
    [`cain_schedule_next_run_timestamp_seconds{${backup}}`, ran + plan.intervalSeconds],
    ...(plan.cluster === 'profiles' ? restoreSamples(from + 19 * day, time) : []),
    ...(plan.plan === 'default' ? proofSamples(plan, bytes, from + 23 * day, time) : []),
  ];
}

function restoreSamples(at: number, time: number): Array<[series: string, value: number]> {
  if (time < at) return [];
  const restore = 'operation="restore"';
  return [
    [`cain_restore_last_run_timestamp_seconds{${restore}}`, at],
    [`cain_restore_last_run_success{${restore}}`, 1],
    [`cain_restore_duration_seconds{${restore}}`, 1934],
    [`cain_restore_tables{${restore}}`, 12],
    [`cain_restore_bytes{${restore}}`, 57 * gib],
  ];
}

/** A verification and a drill at `at`. */
function proofSamples(
  plan: SamplePlan,
  bytes: number,
  at: number,
  time: number,
): Array<[series: string, value: number]> {
  if (time < at) return [];
  const verify = 'operation="verify"';
  const drill = 'operation="drill"';
  return [
    [`cain_verify_last_run_timestamp_seconds{${verify}}`, at],
    [`cain_verify_last_run_success{${verify}}`, 1],
    [`cain_verify_duration_seconds{${verify}}`, plan.startGib * 9],
    [`cain_verify_objects{${verify}}`, Math.round(bytes / 60_000_000)],
    [`cain_verify_damaged_objects{${verify}}`, 0],
    [`cain_drill_last_run_timestamp_seconds{${drill}}`, at + 7200],
    [`cain_drill_last_run_success{${drill}}`, 1],
    [`cain_drill_duration_seconds{${drill}}`, plan.startGib * 16],
    [`cain_drill_bytes{${drill}}`, bytes],
  ];
}

function lastRun(
  { intervalSeconds, at }: SamplePlan,
  time: number,
  isWanted: (run: number) => boolean = () => true,
): number | undefined {
  let run = Math.floor((time - at) / intervalSeconds) * intervalSeconds + at;
  for (let tries = 0; tries < 100; tries++, run -= intervalSeconds) if (isWanted(run)) return run;
  return undefined;
}

function isFailed({ failedDays, intervalSeconds }: SamplePlan, run: number, from: number): boolean {
  const since = (run - from) / day;
  // An hourly plan fails for some hours of such a day.
  return failedDays.includes(Math.floor(since)) && (intervalSeconds >= day || since % 1 < 0.3);
}
