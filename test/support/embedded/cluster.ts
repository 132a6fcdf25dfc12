import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import type { Announce } from './cache.ts';
import type { EmbeddedNode } from './cassandra-node.ts';
import { withClassArchives } from './class-archives.ts';
import { type CqlOptions, connectCql, cqlLogin, untilLogin } from './cql.ts';
import { type CassandraLine, toolsFor } from './downloads.ts';
import { installCassandra } from './installation.ts';
import { type KubernetesApi, startKubernetesApi } from './kubernetes-api.ts';
import { jmxLogin } from './node-settings.ts';
import { startProcessKeeper } from './process-keeper.ts';
import { fetchPushgateway, startPushgateway } from './pushgateway.ts';
import { createRing, type RingOptions, startRing } from './ring.ts';
import { type EmbeddedS3, startS3 } from './s3-server.ts';
import { fetchS3, findS3Way } from './s3-source.ts';
import { findToolchain } from './toolchain.ts';

export interface EmbeddedClusterOptions extends Partial<RingOptions> {
  /** Default 5.0. */
  readonly cassandra?: CassandraLine;
  /** Namespace of the pods; default `cassandra`. */
  readonly namespace?: string;
  /** Default true. */
  readonly s3?: boolean;
  /** Default true; where there is none for this machine the cluster says so and runs without. */
  readonly pushgateway?: boolean;
  /** Told what is going on; default: silence. */
  readonly announce?: Announce;
}

/** A ring of real Cassandras as pods of a Kubernetes API, a real S3 server and a real Pushgateway. */
export interface EmbeddedCluster {
  readonly dir: string;
  readonly kubeconfigFile: string;
  readonly namespace: string;
  readonly clusterName: string;
  readonly cassandraVersion: string;
  readonly nodes: readonly EmbeddedNode[];
  readonly kubernetes: KubernetesApi;
  /** Fails where the cluster runs without. */
  readonly s3: EmbeddedS3;
  readonly pushgateway: { readonly url: string } | undefined;
  /** The whole environment of Cain's process, as a CronJob would set it. */
  env(extra?: Readonly<Record<string, string>>): Record<string, string>;
  /** A connected driver, shut down by `stop` at the latest. */
  cql(options?: CqlOptions): Promise<Client>;
  /** Pids of process groups that still have members. */
  runningProcesses(): number[];
  /** Ends everything and waits for it. The folder goes too, unless CAIN_KEEP is set. */
  stop(): Promise<void>;
}

export async function startEmbeddedCluster(options: EmbeddedClusterOptions = {}): Promise<EmbeddedCluster> {
  const { cassandra = '5.0', namespace = 'cassandra', announce = () => undefined } = options;
  const { clusterName = 'Test Cluster' } = options;
  const s3Way = (options.s3 ?? true) ? await findS3Way() : undefined;
  const tools = await findToolchain([...toolsFor(cassandra), ...(s3Way === 'go' ? (['go'] as const) : [])]);
  const s3Source = s3Way && (await fetchS3(s3Way, tools.go, announce));
  const pushgatewayBinary = (options.pushgateway ?? true) ? await fetchPushgateway(announce) : undefined;
  const installation = await withClassArchives(await installCassandra(cassandra, tools, announce), announce);
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'cain-embedded-')));
  const keeper = startProcessKeeper(process.env.CAIN_KEEP ? undefined : dir);
  const clients: Client[] = [];
  let nodes: EmbeddedNode[] = [];
  let kubernetes: KubernetesApi | undefined;

  const stop = async () => {
    await Promise.all(clients.map((client) => client.shutdown()));
    // Each by its own way first: what is killed together with its parent waits long to be reaped.
    await Promise.all(nodes.map((node) => node.close()));
    await Promise.all([kubernetes?.close(), s3Source?.remove(), keeper.end()]);
    if (process.env.CAIN_KEEP) announce(`Kept ${dir}`);
    else await rm(dir, { recursive: true, force: true });
  };

  try {
    nodes = await createRing({ ...options, clusterName, installation, dir, keeper });
    kubernetes = await startKubernetesApi({ namespace, nodes, keeper });
    const kubeconfigFile = join(dir, 'kubeconfig');
    await writeFile(kubeconfigFile, kubernetes.kubeconfig, { mode: 0o600 });
    const s3 = s3Source ? await startS3(s3Source, dir, keeper) : undefined;
    const pushgateway = pushgatewayBinary
      ? await startPushgateway(pushgatewayBinary, dir, keeper)
      : undefined;
    await startRing(nodes, announce);
    const login = options.cqlPasswords ? { login: cqlLogin } : {};
    if (options.cqlPasswords) await untilLogin(nodes[0]?.address ?? '');
    const home = join(dir, 'home');
    await mkdir(home);
    const settings = {
      CAIN_NAMESPACE: namespace,
      CAIN_SELECTOR: 'app=cassandra',
      CAIN_CONTAINER: 'cassandra',
      CAIN_HOLDER: randomUUID(),
      KUBECONFIG: kubeconfigFile,
      HOME: home,
      PATH: process.env.PATH ?? '',
      ...(s3 ? s3Settings(s3) : {}),
      ...(pushgateway ? { CAIN_PUSHGATEWAY_URL: pushgateway.url } : {}),
      ...(options.cqlPasswords ? cqlSettings : {}),
      ...(options.jmxPassword ? jmxSettings : {}),
    };
    return {
      dir,
      kubeconfigFile,
      namespace,
      clusterName,
      cassandraVersion: installation.version,
      nodes,
      kubernetes,
      get s3() {
        if (!s3) throw new Error('This cluster was started without S3');
        return s3;
      },
      pushgateway,
      env: (extra = {}) => ({ ...settings, ...extra }),
      cql: async (cqlOptions = {}) => {
        const node = nodes[cqlOptions.node ?? 0];
        if (!node) throw new Error(`There is no node ${cqlOptions.node}`);
        const client = await connectCql(node.address, { ...login, ...cqlOptions });
        clients.push(client);
        return client;
      },
      runningProcesses: () => keeper.running(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function s3Settings(s3: EmbeddedS3): Record<string, string> {
  return {
    CAIN_DST: `s3://${s3.bucket}/cain`,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_REGION: s3.region,
    AWS_S3_ENDPOINT: s3.endpoint,
    AWS_S3_FORCE_PATH_STYLE: 'true',
  };
}

const cqlSettings = {
  CAIN_CASSANDRA_USERNAME: cqlLogin.username,
  CAIN_CASSANDRA_PASSWORD: cqlLogin.password,
};
const jmxSettings = { CAIN_JMX_USERNAME: jmxLogin.username, CAIN_JMX_PASSWORD: jmxLogin.password };
