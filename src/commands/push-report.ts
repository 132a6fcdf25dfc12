import { messageOf } from '../errors.ts';
import { pushMetrics } from '../metrics/pushgateway.ts';
import { type RunReport, runMetrics } from '../metrics/run-metrics.ts';
import type { CommandContext } from './context.ts';

const pushLimitMs = 15_000;

/** Sends a run's metrics where a Pushgateway is set. One that is down costs a warning, never the run. */
export async function pushReport(
  { settings, log }: CommandContext,
  report: RunReport,
  clusterName: string,
): Promise<void> {
  if (!settings.pushgatewayUrl) return;
  if (clusterName === '') {
    // A group without a cluster would never be replaced by a later run, and alert for ever.
    log.warn('Metrics are not pushed: no node told the name of its cluster', { operation: report.operation });
    return;
  }
  try {
    await pushMetrics({
      url: settings.pushgatewayUrl,
      username: settings.pushgatewayUsername,
      password: settings.pushgatewayPassword,
      job: settings.metricsJob,
      grouping: {
        namespace: settings.namespace,
        cluster: clusterName,
        plan: settings.plan,
        operation: report.operation,
      },
      registry: runMetrics(report),
      timeoutMs: pushLimitMs,
      // Not the run's own signal: after SIGTERM the failure must still be told.
      signal: AbortSignal.timeout(pushLimitMs),
    });
  } catch (error) {
    log.warn('Metrics could not be pushed', { url: settings.pushgatewayUrl, reason: messageOf(error) });
  }
}
