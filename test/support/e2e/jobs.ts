import type { TestCluster } from './cluster.ts';
import { until } from './until.ts';

/** Where the chart is installed; Cassandra lives elsewhere. */
export const cainNamespace = 'backup';

export interface PodEnd {
  readonly name: string;
  /** Undefined where the container never ran, or is gone with its pod. */
  readonly exitCode: number | undefined;
  readonly serviceAccount: string;
}

export interface JobEnd {
  readonly succeeded: boolean;
  readonly pods: readonly PodEnd[];
  /** Of all its pods that are still there. */
  readonly log: string;
}

/** The documented way to start a command by hand: a Job of the CronJob's template, with settings added. */
export async function startJob(
  cluster: TestCluster,
  name: string,
  cronJob: string,
  settings: Readonly<Record<string, string>> = {},
  namespace = cainNamespace,
): Promise<void> {
  const inNamespace = ['--namespace', namespace];
  const create = ['create', 'job', name, `--from=cronjob/${cronJob}`, '--dry-run=client', '--output=yaml'];
  const template = await cluster.kubectl([...inNamespace, ...create]);
  const pairs = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  const set = ['set', 'env', '--local', '--filename=-', '--output=yaml', ...pairs];
  const job =
    pairs.length > 0 ? await cluster.kubectl([...inNamespace, ...set], { input: template }) : template;
  await cluster.kubectl([...inNamespace, 'create', '--filename=-'], { input: job });
}

/** Waits for the end of a Job, whichever it is. */
export async function jobEnd(cluster: TestCluster, name: string, namespace = cainNamespace): Promise<JobEnd> {
  const verdict = await until(
    `Job ${name} has ended`,
    400_000,
    async () => {
      const path = '-o=jsonpath={.status.conditions[?(@.status=="True")].type}';
      const types = (await cluster.kubectl(['--namespace', namespace, 'get', 'job', name, path])).split(' ');
      return types.find((type) => type === 'Complete' || type === 'Failed');
    },
    1_000,
  ).catch(async (error: unknown) => {
    throw new Error(`${String(error)}\n${await jobLog(cluster, name, namespace)}`);
  });
  return {
    succeeded: verdict === 'Complete',
    pods: await podsOf(cluster, name, namespace),
    log: await jobLog(cluster, name, namespace),
  };
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly serviceAccountName: string };
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly state: { readonly terminated?: { exitCode: number } };
    }[];
  };
}

export async function podsOf(
  cluster: TestCluster,
  job: string,
  namespace = cainNamespace,
): Promise<PodEnd[]> {
  const selector = ['--selector', `batch.kubernetes.io/job-name=${job}`];
  const text = await cluster.kubectl(['--namespace', namespace, 'get', 'pods', ...selector, '--output=json']);
  const { items } = JSON.parse(text) as { items: readonly Pod[] };
  return items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    exitCode: status.containerStatuses?.[0]?.state.terminated?.exitCode,
    serviceAccount: spec.serviceAccountName,
  }));
}

async function jobLog(cluster: TestCluster, job: string, namespace: string): Promise<string> {
  const selector = ['--selector', `batch.kubernetes.io/job-name=${job}`, '--prefix', '--tail=-1'];
  return (await cluster.tryKubectl(['--namespace', namespace, 'logs', ...selector])).stdout;
}
