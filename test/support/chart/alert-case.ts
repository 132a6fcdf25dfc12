import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** What an alert does with given series. */
export interface AlertCase {
  readonly name: string;
  /** Values in promtool's notation by name of the metric, with labels of their own where they matter: `up{a="b"}: 1x10`. */
  readonly series: Readonly<Record<string, string>>;
  /** From one sample and evaluation to the next; default one minute. */
  readonly interval?: string;
  readonly at: string;
  /** The labels of the alerts that fire, less the alert's own and those of the release. */
  readonly fires: ReadonlyArray<Readonly<Record<string, string>>>;
}

/** The cases of an alert: test/chart/alerts/<its name>.yaml */
export function alertCases(alert: string): readonly AlertCase[] {
  const file = fileURLToPath(new URL(`../../chart/alerts/${alert}.yaml`, import.meta.url));
  // Texts alone: 0x60, zero for sixty intervals, would be a number in hex.
  return parse(readFileSync(file, 'utf8'), { schema: 'failsafe' }) as AlertCase[];
}

const ofPushgateway = {
  job: 'cain',
  namespace: 'databases',
  cluster: 'orders',
  plan: 'default',
  operation: 'backup',
};
const ofKubeState = { job: 'kube-state-metrics', namespace: 'backups', cronjob: 'cain-backup-default' };

/** promtool's test of a case: which alerts of that name fire at its time. */
export function promtoolTest(alert: string, { series, interval = '1m', at, fires }: AlertCase): object {
  return {
    interval,
    input_series: Object.entries(series).map(([metric, values]) => ({
      series: seriesOf(metric),
      values,
    })),
    promql_expr_test: [
      {
        expr: `sum by (cluster, plan, operation, cronjob) (ALERTS{alertname="${alert}", alertstate="firing"})`,
        eval_time: at,
        exp_samples: fires.map((labels) => ({ labels: labelText(labels), value: 1 })),
      },
    ],
  };
}

function seriesOf(metric: string): string {
  const [, name = '', own = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(metric) ?? [];
  const ownLabels = [...own.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]);
  const labels = {
    ...(name.startsWith('kube_') ? ofKubeState : ofPushgateway),
    ...Object.fromEntries(ownLabels),
  };
  return `${name}${labelText(labels)}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ')}}`;
}
