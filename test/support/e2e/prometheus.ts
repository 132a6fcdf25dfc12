import { stringify } from 'yaml';
import type { TestCluster } from './cluster.ts';
import { cainNamespace } from './jobs.ts';

interface Rule {
  readonly alert: string;
  readonly for: string;
}

interface PrometheusRule {
  readonly spec: { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] };
}

/** Gives Prometheus the alerts that the chart installed. Only the time that one must last is shorter: nobody waits a quarter of an hour here. */
export async function installRules(cluster: TestCluster): Promise<void> {
  const get = ['--namespace', cainNamespace, 'get', 'prometheusrule', 'cain', '--output=json'];
  const { spec } = JSON.parse(await cluster.kubectl(get)) as PrometheusRule;
  const groups = spec.groups.map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => ({ ...rule, for: '0s' })),
  }));
  const rules = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'rules', namespace: 'services' },
    data: { 'rules.yml': stringify({ groups }) },
  };
  await cluster.kubectl(['apply', '--filename=-'], { input: JSON.stringify(rules) });
}

/** Labels of the alerts that are firing now. */
export async function firingAlerts(cluster: TestCluster): Promise<Readonly<Record<string, string>>[]> {
  const answer = await getFrom(cluster, 'prometheus:9090', '/api/v1/alerts');
  const { data } = JSON.parse(answer) as {
    data: { alerts: readonly { state: string; labels: Record<string, string> }[] };
  };
  return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels);
}

/** The lines of the Pushgateway's metrics whose name begins so. */
export async function pushedMetrics(cluster: TestCluster, name: string): Promise<string[]> {
  const text = await getFrom(cluster, 'pushgateway:9091', '/metrics');
  return text.split('\n').filter((line) => line.startsWith(name));
}

/** Through the API server, which stands in for a way into the cluster's network. */
async function getFrom(cluster: TestCluster, service: string, path: string): Promise<string> {
  return await cluster.kubectl([
    'get',
    '--raw',
    `/api/v1/namespaces/services/services/${service}/proxy${path}`,
  ]);
}
