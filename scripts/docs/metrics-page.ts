import { type Metric, metricTable } from '../../src/metrics/metric-table.ts';
import { operations } from '../../src/metrics/run-report.ts';
import { generatedNote, markdownTable } from './table.ts';

/** docs/metrics.md */
export function metricsPage(): string {
  const rows = metricTable.map((metric) => [
    `\`${seriesOf(metric)}\``,
    metric.unit,
    metric.operations.join(', '),
    metric.help,
  ]);
  return [
    generatedNote,
    '',
    '# Metrics',
    '',
    'At its end, whether it succeeded or not, a backup, prune, restore or verification pushes gauges to the Pushgateway that',
    '`CAIN_PUSHGATEWAY_URL` names. A push that fails is a warning in the log: it never fails a good backup.',
    '',
    'Every series has the labels `job` (`CAIN_METRICS_JOB`), `namespace`, `cluster`, `plan` and `operation`',
    `(${operations.map((operation) => `\`${operation}\``).join(', ')}). No label names a tag or a pod, because groups in a Pushgateway never expire. So`,
    'that Prometheus keeps these labels, scrape the Pushgateway with `honor_labels: true`.',
    '',
    '- A run that has nothing to say of a metric leaves what the last one said: a failed backup touches neither',
    '  `cain_backup_last_success_timestamp_seconds` nor `cain_backup_bytes`.',
    '- A run that is killed pushes nothing: the age of the last success tells.',
    '- A run that is refused before it begins pushes its failure too. Only where no node tells the name of its cluster (a wrong login,',
    '  no ready pod) nothing can be pushed, since that name is a label: the log says so, and the age of the last success tells.',
    '- `cain_cleanup_last_run_success` is pushed by runs that had something to clear: one that ended at the Lease says nothing.',
    '- There are no counters: each run begins at zero and tells what it alone did.',
    '- `push_time_seconds` and `push_failure_time_seconds` come from the Pushgateway itself, for every group.',
    '- When a plan or a cluster is gone for good, delete its groups in the Pushgateway, or its alerts stay.',
    '',
    ...markdownTable(['Metric', 'Value', 'Pushed by', 'Meaning'], rows),
    '',
  ].join('\n');
}

function seriesOf({ name, label }: Metric): string {
  return label ? `${name}{${label}}` : name;
}
