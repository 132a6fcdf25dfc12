import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import type { Announce } from './cache.ts';
import type { EmbeddedNode } from './cassandra-node.ts';
import { withClassArchives } from './class-archives.ts';
import { clusterEnv } from './cluster-env.ts';
import { type CqlOptions, connectCql, cqlLogin, untilLogin } from './cql.ts';
import { type CassandraLine, toolsFor } from './downloads.ts';
import { installCassandra } from './installation.ts';
import { type KubernetesApi, startKubernetesApi } from './kubernetes-api.ts';
import { startProcessKeeper } from './process-keeper.ts';
import { fetchPushgateway, startPushgateway } from './pushgateway.ts';
import { createRing, type RingOptions, startRing } from './ring.ts';
import { untilAllKnown } from './ring-view.ts';
import { type EmbeddedS3, startS3 } from './s3-server.ts';
import { fetchS3, findS3Way } from './s3-source.ts';
import { createTlsFiles, type TlsFiles } from './tls-files.ts';
import { findToolchain, type Tool } from './toolchain.ts';

export interface EmbeddedClusterOptions extends Partial<RingOptions> {
  /** Default 5.0. */
  readonly cassandra?: CassandraLine;
  /** Namespace of the pods; default `cassandra`. */
  readonly namespace?: string;
  /** CQL and JMX speak TLS only, with clients that show a certificate; default false. */
  readonly tls?: boolean;
  /** Default true. */
  readonly s3?: boolean;
  /** The S3 server writes a line for each request; default false. */
  readonly s3AccessLog?: boolean;
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
  /** With `tls`: what clients need. */
  readonly tls: TlsFiles | undefined;
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
  const { namespace = 'cassandra', clusterName = 'Test Cluster', announce = () => undefined } = options;
  const programs = await fetchPrograms(options, announce);
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'cain-embedded-')));
  const keeper = startProcessKeeper(process.env.CAIN_KEEP ? undefined : dir);
  const clients: Client[] = [];
  let nodes: EmbeddedNode[] = [];
  let kubernetes: KubernetesApi | undefined;
  let stopped: Promise<void> | undefined;

  const stop = async () => {
    await Promise.allSettled(clients.map((client) => client.shutdown()));
    // Each by its own way first: what is killed together with its parent waits long to be reaped.
    await Promise.allSettled(nodes.map((node) => node.close()));
    await Promise.all([kubernetes?.close(), programs.s3?.remove(), keeper.end()]);
    // Said also where nobody listens: it was asked for.
    if (process.env.CAIN_KEEP) (options.announce ?? console.log)(`Kept ${dir}`);
    else await rm(dir, { recursive: true, force: true });
  };

  try {
    const { installation } = programs;
    const tls = options.tls ? await createTlsFiles(join(dir, 'tls'), installation.toolJava) : undefined;
    nodes = await createRing({ ...options, clusterName, installation, dir, keeper, tls });
    kubernetes = await startKubernetesApi({ namespace, nodes, keeper });
    const kubeconfigFile = join(dir, 'kubeconfig');
    await writeFile(kubeconfigFile, kubernetes.kubeconfig, { mode: 0o600 });
    const home = join(dir, 'home');
    await mkdir(home);
    const accessLog = options.s3AccessLog ? join(dir, 's3-access.log') : undefined;
    const s3 = programs.s3 && (await startS3(programs.s3, dir, keeper, { accessLog }));
    const pushgateway = programs.pushgateway
      ? await startPushgateway(programs.pushgateway, dir, keeper)
      : undefined;
    await startRing(nodes, announce);

    const { cqlPasswords = false, jmxPassword = false } = options;
    if (cqlPasswords) await untilLogin(nodes[0]?.address ?? '', tls);
    const login = cqlPasswords ? { login: cqlLogin } : {};
    if (nodes.length > 1) await untilAllKnown(nodes, { ...login, tls });
    const place = { namespace, kubeconfigFile, home, s3, pushgateway, cqlPasswords, jmxPassword, tls };
    const settings = clusterEnv(place);
    return {
      dir,
      kubeconfigFile,
      namespace,
      clusterName,
      cassandraVersion: installation.version,
      nodes,
      kubernetes,
      get s3() {
        if (!s3) throw new Error('This cluster runs without S3');
        return s3;
      },
      pushgateway,
      tls,
      env: (extra = {}) => ({ ...settings, ...extra }),
      cql: async (cqlOptions = {}) => {
        const node = nodes[cqlOptions.node ?? 0];
        if (!node) throw new Error(`There is no node ${cqlOptions.node}`);
        const client = await connectCql(node.address, { ...login, tls, ...cqlOptions });
        clients.push(client);
        return client;
      },
      runningProcesses: () => keeper.running(),
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** All that is not part of the repository; what this machine lacks is told before anything is downloaded. */
async function fetchPrograms(options: EmbeddedClusterOptions, announce: Announce) {
  const { cassandra = '5.0', s3: wantsS3 = true, pushgateway: wantsPushgateway = true } = options;
  const s3Way = wantsS3 ? await findS3Way() : undefined;
  const needed: Tool[] = [...toolsFor(cassandra), ...(options.tls ? ['openssl' as const] : [])];
  const tools = await findToolchain(s3Way === 'go' ? [...needed, 'go'] : needed);
  return {
    s3: s3Way && (await fetchS3(s3Way, tools.go, announce)),
    pushgateway: wantsPushgateway ? await fetchPushgateway(announce) : undefined,
    installation: await withClassArchives(await installCassandra(cassandra, tools, announce), announce),
  };
}
