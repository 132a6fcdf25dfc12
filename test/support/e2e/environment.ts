import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startTestCluster, type TestCluster, whyNot } from './cluster.ts';
import { drawDashboard } from './dashboard-picture.ts';
import { cainNamespace } from './jobs.ts';
import { createMissing, removeObjects } from './own-objects.ts';
import { installRules } from './prometheus.ts';
import { until } from './until.ts';

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const manifest = (name: string) => path(`test/e2e/manifests/${name}`);

/** Where the three nodes of the cluster Shop are. */
export const databases = 'databases';
const wholeRing = { namespace: databases, replicas: 2 };
export const cassandraPods = ['cassandra-0', 'cassandra-1', 'cassandra-2'] as const;

/** Whichever suite is first starts everything inside its own hook: a slow machine takes ten minutes. */
const startLimitMs = 900_000;

let starting: Promise<TestCluster> | undefined;

/** The one cluster of all suites, in a hook of one of them, which is given time for it: S3, Pushgateway, three Cassandras with rows in them, the chart installed and suspended. */
export function testCluster(context: Mocha.Context): Promise<TestCluster> {
  const reason = whyNot();
  if (reason) {
    console.log(`Skipped: ${reason}`);
    context.skip();
  }
  context.timeout(startLimitMs);
  starting ??= prepare();
  return starting;
}

after(async function () {
  this.timeout(300_000);
  const cluster = await starting?.catch(() => undefined);
  const picture = process.env.CAIN_E2E_PICTURE;
  if (cluster && picture) await drawDashboard(cluster, picture).catch((error) => console.log(error));
  if (cluster && !cluster.local) await removeObjects(cluster);
  await cluster?.stop();
});

async function prepare(): Promise<TestCluster> {
  const cluster = await timed('Kubernetes and images', () => startTestCluster((line) => console.log(line)));
  try {
    await timed('Objects created', async () => {
      // Not over that of a Prometheus Operator.
      await createMissing(cluster, 'crd/prometheusrules.monitoring.coreos.com', async () =>
        applyManifest(cluster, 'prometheus-rules.yaml'),
      );
      for (const name of [databases, 'services']) await createMissing(cluster, `namespace/${name}`);
      for (const name of ['services.yaml', 'cassandra.yaml']) await applyManifest(cluster, name);
      await createNamespace(cluster, cainNamespace);
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
    if (!cluster.local) await removeObjects(cluster);
    await cluster.stop();
    throw error;
  }
}

/** One of test/e2e/manifests. */
export async function applyManifest(cluster: TestCluster, name: string): Promise<void> {
  await cluster.kubectl(['apply', '--filename', manifest(name)]);
}

/** Makes a namespace that is as strict with pods as can be, and tells of what would make such pods, with the Secret of S3 in it. */
export async function createNamespace(cluster: TestCluster, name: string): Promise<void> {
  const pods = 'pod-security.kubernetes.io';
  const labels = { [`${pods}/enforce`]: 'restricted', [`${pods}/warn`]: 'restricted' };
  await createMissing(cluster, `namespace/${name}`, () =>
    apply(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }),
  );
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's3', namespace: name },
    stringData: { AWS_ACCESS_KEY_ID: 'cain', AWS_SECRET_ACCESS_KEY: 'cainsecret' },
  });
}

async function apply(cluster: TestCluster, object: unknown): Promise<void> {
  await cluster.kubectl(['apply', '--filename=-'], { input: JSON.stringify(object) });
}

/** Installs or upgrades the release `cain` in a namespace, with the values of the suite and these. */
export async function installChart(
  cluster: TestCluster,
  settings: readonly string[] = [],
  namespace = cainNamespace,
): Promise<void> {
  const values = ['--values', manifest('values.yaml'), ...settings.flatMap((value) => ['--set', value])];
  const place = ['--namespace', namespace, path('charts/cain')];
  await cluster.helm(['upgrade', '--install', 'cain', ...place, ...values]);
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
export async function fillRows(cluster: TestCluster, count: number, place = wholeRing): Promise<void> {
  await runRows(cluster, place, 'fill', String(count), String(place.replicas));
}

/** Number and SHA-256 of the rows of each table of shop. */
export async function checksumRows(cluster: TestCluster, place = wholeRing): Promise<string> {
  return await runRows(cluster, place, 'checksum');
}

/** Again where it failed: nodes of a busy machine take each other for dead now and then, and every replica is wanted. */
async function runRows(
  cluster: TestCluster,
  place: typeof wholeRing,
  ...args: readonly string[]
): Promise<string> {
  const input = await readFile(manifest('rows.py'));
  const exec = ['--namespace', place.namespace, 'exec', '--stdin', 'cassandra-0', '--'];
  return await until(`rows.py ${args[0]} ends well`, 180_000, () =>
    cluster.kubectl([...exec, 'python3', '-', ...args], { input }),
  );
}

export async function cql(
  cluster: TestCluster,
  statement: string,
  { namespace } = wholeRing,
): Promise<string> {
  return await cluster.kubectl([
    '--namespace',
    namespace,
    'exec',
    'cassandra-0',
    '--',
    'cqlsh',
    '-e',
    statement,
  ]);
}

/** Snapshots of ours that are on the nodes. */
export async function snapshotsLeft(cluster: TestCluster): Promise<string[]> {
  const found = await Promise.all(
    cassandraPods.map(async (pod) => {
      const find = ['find', '/var/lib/cassandra/data', '-path', '*/snapshots/cain-2*', '-prune'];
      return (await cluster.kubectl(['--namespace', databases, 'exec', pod, '--', ...find]))
        .split('\n')
        .filter(Boolean)
        .map((dir) => `${pod}:${dir}`);
    }),
  );
  return found.flat();
}

/** The tags under which whole files of data lie, oldest first. */
export async function tagsWithData(cluster: TestCluster): Promise<string[]> {
  const keys = await filesOfBucket(cluster, '-name', '*-Data.db');
  return [...new Set(keys.map((key) => /\/[0-9a-f]{6}\/(\d{14})\//.exec(key)?.[1] ?? ''))].sort();
}

/** Tags of the backups that are committed, oldest first. A manifest of a few bytes is a tombstone. */
export async function committedTags(cluster: TestCluster): Promise<string[]> {
  const keys = await filesOfBucket(cluster, '-path', '*/.cain/backups/*/manifest.json', '-size', '+100c');
  return keys.map((key) => /(\d{14})\/manifest\.json$/.exec(key)?.[1] ?? key).sort();
}

/** Objects of the cluster Shop, files in the bucket's folder, that `find` finds. */
async function filesOfBucket(cluster: TestCluster, ...conditions: readonly string[]): Promise<string[]> {
  const find = [
    'find',
    '/objects/backups',
    '-path',
    '*/databases/Shop/*',
    '-type',
    'f',
    ...conditions,
    '-printf',
    '%P\\n',
  ];
  const text = await cluster.kubectl(['--namespace', 'services', 'exec', 'deployment/s3', '--', ...find]);
  return text.split('\n').filter(Boolean);
}

export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  console.log(`    ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  return result;
}
