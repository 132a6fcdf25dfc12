import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startTestCluster, type TestCluster, whyNot } from './cluster.ts';
import { cainNamespace } from './jobs.ts';
import { installRules } from './prometheus.ts';

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const manifest = (name: string) => path(`test/e2e/manifests/${name}`);

/** In Cassandra's pods. */
export const databases = 'databases';
export const cassandraPods = ['cassandra-0', 'cassandra-1', 'cassandra-2'] as const;

let starting: Promise<TestCluster> | undefined;

/** The one cluster of all suites: S3, Pushgateway, three Cassandras with rows in them, the chart installed and suspended. */
export function testCluster(context: Mocha.Context): Promise<TestCluster> {
  const reason = whyNot();
  if (reason) {
    console.log(`Skipped: ${reason}`);
    context.skip();
  }
  starting ??= prepare();
  return starting;
}

after(async function () {
  this.timeout(60_000);
  await (await starting?.catch(() => undefined))?.stop();
});

async function prepare(): Promise<TestCluster> {
  const cluster = await timed('Kubernetes and images', () => startTestCluster((line) => console.log(line)));
  try {
    const apply = (name: string) => cluster.kubectl(['apply', '--filename', manifest(name)]);
    await timed('Objects created', async () => {
      for (const name of ['prometheus-rules.yaml', 'services.yaml', 'cassandra.yaml']) await apply(name);
      await cluster.kubectl(['create', 'namespace', cainNamespace]);
      // What the strictest clusters ask of pods.
      const restricted = 'pod-security.kubernetes.io/enforce=restricted';
      await cluster.kubectl(['label', 'namespace', cainNamespace, restricted]);
      const secret = [
        '--from-literal=AWS_ACCESS_KEY_ID=cain',
        '--from-literal=AWS_SECRET_ACCESS_KEY=cainsecret',
      ];
      await cluster.kubectl(['--namespace', cainNamespace, 'create', 'secret', 'generic', 's3', ...secret]);
    });
    await timed('Chart installed', async () => {
      await installChart(cluster);
      await installRules(cluster);
    });
    await timed('Cassandra and services ready', () => untilReady(cluster));
    await timed('Rows written', () => fillRows(cluster, 2_000));
    return cluster;
  } catch (error) {
    console.log(await describeFailure(cluster));
    await cluster.stop();
    throw error;
  }
}

/** Installs or upgrades the release `cain`. */
export async function installChart(cluster: TestCluster, ...settings: readonly string[]): Promise<void> {
  const values = ['--values', manifest('values.yaml'), ...settings.flatMap((value) => ['--set', value])];
  await cluster.helm([
    'upgrade',
    '--install',
    'cain',
    path('charts/cain'),
    '--namespace',
    cainNamespace,
    ...values,
  ]);
}

async function untilReady(cluster: TestCluster): Promise<void> {
  const wait = async (kind: string, namespace: string) =>
    cluster.kubectl(['--namespace', namespace, 'rollout', 'status', kind, '--timeout=300s'], {
      limitMs: 310_000,
    });
  for (const name of ['s3', 'pushgateway', 'prometheus']) await wait(`deployment/${name}`, 'services');
  await wait('statefulset/cassandra', databases);
}

/** What is not running, for whoever reads the log of a failed start. */
async function describeFailure(cluster: TestCluster): Promise<string> {
  const pods = await cluster.tryKubectl(['get', 'pods', '--all-namespaces']);
  const events = await cluster.tryKubectl([
    'get',
    'events',
    '--all-namespaces',
    '--field-selector=type=Warning',
  ]);
  return `${pods.stdout}${events.stdout}`;
}

/** Writes rows into the keyspace shop, which is made when it is not there; the same count makes the same rows. */
export async function fillRows(cluster: TestCluster, count: number): Promise<void> {
  await runRows(cluster, 'fill', String(count));
}

/** Number and SHA-256 of the rows of each table of shop. */
export async function checksumRows(cluster: TestCluster): Promise<string> {
  return await runRows(cluster, 'checksum');
}

async function runRows(cluster: TestCluster, ...args: readonly string[]): Promise<string> {
  const program = await readFile(manifest('rows.py'));
  return await inCassandra(cluster, 'cassandra-0', ['python3', '-', ...args], program);
}

export async function inCassandra(
  cluster: TestCluster,
  pod: string,
  command: readonly string[],
  input?: Buffer,
): Promise<string> {
  const options = ['--namespace', databases, 'exec', ...(input ? ['--stdin'] : [])];
  return await cluster.kubectl([...options, pod, '--', ...command], input ? { input } : {});
}

export async function cql(cluster: TestCluster, statement: string): Promise<string> {
  return await inCassandra(cluster, 'cassandra-0', ['cqlsh', '-e', statement]);
}

/** Snapshots of ours that are on the nodes. */
export async function snapshotsLeft(cluster: TestCluster): Promise<string[]> {
  const found = await Promise.all(
    cassandraPods.map(async (pod) => {
      const find = ['find', '/var/lib/cassandra/data', '-path', '*/snapshots/cain-2*', '-prune'];
      return (await inCassandra(cluster, pod, find))
        .split('\n')
        .filter(Boolean)
        .map((dir) => `${pod}:${dir}`);
    }),
  );
  return found.flat();
}

/** Files below the bucket, as keys. */
export async function bucketKeys(cluster: TestCluster): Promise<string[]> {
  const find = ['find', '/objects/backups', '-type', 'f', '-printf', '%P\\n'];
  const text = await cluster.kubectl(['--namespace', 'services', 'exec', 'deployment/s3', '--', ...find]);
  return text.split('\n').filter((key) => key && !key.startsWith('.'));
}

/** Tags of the backups that are committed, oldest first. */
export async function committedTags(cluster: TestCluster): Promise<string[]> {
  const tags: string[] = [];
  for (const key of await bucketKeys(cluster)) {
    const tag = /\.cain\/backups\/(\d{14})\/manifest\.json$/.exec(key)?.[1];
    if (tag) tags.push(tag);
  }
  return tags.sort();
}

export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  console.log(`    ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  return result;
}
