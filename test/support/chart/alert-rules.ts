import { renderChart } from './render-chart.ts';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The values with which every alert is there; cases of alerts speak of this release. */
const allAlerts = [
  'fullnameOverride=cain',
  'cassandra.namespace=databases',
  'metrics.pushgateway.url=http://pushgateway:9091',
  'metrics.prometheusRule.enabled=true',
  'verify.enabled=true',
  'drill.enabled=true',
];

/** The alerts that the chart renders with these values. */
export function alertRules(values: readonly string[] = allAlerts): readonly AlertRule[] {
  const rule = renderChart(values.flatMap((value) => ['--set', value])).find(
    ({ kind }) => kind === 'PrometheusRule',
  );
  const spec = rule?.spec as { groups: Array<{ rules: AlertRule[] }> } | undefined;
  return spec?.groups.flatMap(({ rules }) => rules) ?? [];
}
