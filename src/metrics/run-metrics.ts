import { Gauge, Registry } from 'prom-client';
import { type Metric, metricTable } from './metric-table.ts';
import type { RunReport } from './run-report.ts';

export type { RunReport } from './run-report.ts';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The metrics of one run, in a registry of their own. Only what the report tells is in it: a gauge that is
 * merely declared would be pushed as 0.
 */
export function runMetrics(report: RunReport): Registry {
  const registry = new Registry();
  for (const metric of metricTable) {
    const samples = metric.operations.includes(report.operation) ? samplesOf(metric, report) : [];
    if (samples.length === 0) continue;

    const { name, help, label } = metric;
    const gauge = new Gauge({ name, help, labelNames: label ? [label] : [], registers: [registry] });
    for (const { labels, value } of samples) gauge.set(labels, value);
  }
  return registry;
}

function samplesOf(metric: Metric, report: RunReport): readonly Sample[] {
  if (metric.label === undefined) {
    const value = metric.read(report);
    return value === undefined ? [] : [{ labels: {}, value }];
  }
  const { label } = metric;
  return Object.entries(metric.read(report) ?? {}).map(([of, value]) => ({ labels: { [label]: of }, value }));
}
