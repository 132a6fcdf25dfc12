import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container } from '../embedded/cassandra-node.ts';
import { clusterEnv } from '../embedded/cluster-env.ts';
import { type EmbeddedIam, startIam } from '../embedded/iam-server.ts';
import { type KubernetesApi, startKubernetesApi } from '../embedded/kubernetes-api.ts';
import type { PodNode } from '../embedded/pod-registry.ts';
import { type ProcessKeeper, startProcessKeeper } from '../embedded/process-keeper.ts';
import { type EmbeddedS3, s3Login, startS3 } from '../embedded/s3-server.ts';
import { fetchS3, findS3Way } from '../embedded/s3-source.ts';
import { type Sandbox, startSandbox } from '../embedded/sandbox.ts';
import { findProgram, findToolchain } from '../embedded/toolchain.ts';
import { createModelNode } from './node.ts';
import { createModelRing, type ModelMember, type ModelRing, newMember } from './ring.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { startToolServer, type ToolServer, toolScript } from './tool-server.ts';

export interface ModelClusterOptions {
  /** Default 2. */
  readonly nodes?: number;
  /** Their names; default `cassandra-0`, `cassandra-1` and so on. */
  readonly pods?: readonly string[];
  /** Of each node; default 1. */
  readonly dataDirectories?: number;
  /** Default `Test Cluster`. */
  readonly clusterName?: string;
  /** Pods that exist and whose nodes are not in the ring yet; default 0. */
  readonly spares?: number;
  /** The first data directory of the first node is a disk of so many MB, where this machine allows it. */
  readonly smallDiskMb?: number;
  /** The S3 server asks an IAM service, and logs each request. */
  readonly hasIam?: boolean;
  /** The bucket has versions and Object Lock. */
  readonly hasObjectLock?: boolean;
}

/**
 * Real files, processes, exec sessions and a real S3 server; only Cassandra is a stand-in, whose tools answer in
 * milliseconds. What the stand-ins print is held against recordings of real nodes, and against a real one.
 */
export interface ModelCluster {
  readonly dir: string;
  readonly namespace: string;
  readonly clusterName: string;
  readonly ring: ModelRing;
  readonly kubernetes: KubernetesApi;
  readonly s3: EmbeddedS3;
  readonly iam: EmbeddedIam | undefined;
  readonly tools: ToolServer;
  /** Members that `spares` asked for, by pod: `ring.add` makes one join. */
  readonly spares: readonly ModelMember[];
  readonly containers: ReadonlyMap<string, Container>;
  readonly smallDisk: SmallDisk | undefined;
  /** The whole environment of Cain's process, as a CronJob would set it. */
  env(extra?: Readonly<Record<string, string>>): Record<string, string>;
  stop(): Promise<void>;
}

export async function startModelCluster(options: ModelClusterOptions = {}): Promise<ModelCluster> {
  const {
    pods = [],
    nodes: count = pods.length || 2,
    clusterName = 'Test Cluster',
    spares: spareCount = 0,
  } = options;
  const s3Way = await findS3Way();
  const toolchain = await findToolchain(s3Way === 'go' ? ['python3', 'go'] : ['python3']);
  const source = await fetchS3(s3Way, toolchain.go, () => undefined);
  if (!source) throw new Error('There is no S3 server');
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'cain-model-')));
  const keeper = startProcessKeeper(process.env.CAIN_KEEP ? undefined : dir);
  const ring = createModelRing(clusterName);
  const tools = await startToolServer(ring);
  const containers = new Map<string, Container>();
  const members: ModelMember[] = [];
  let smallDisk: SmallDisk | undefined;
  for (let index = 0; index < count + spareCount; index++) {
    const pod = pods[index] ?? `cassandra-${index}`;
    const directories = await makeNodeFolders(join(dir, pod), options.dataDirectories ?? 1);
    if (index === 0 && options.smallDiskMb)
      smallDisk = await mountSmallDisk(directories[0] ?? '', options.smallDiskMb);
    containers.set(
      pod,
      await makeContainer({ dir, pod, port: tools.port, keeper, python3: toolchain.python3 }),
    );
    const member = newMember({
      pod,
      address: `127.0.0.${index + 1}`,
      tokens: [evenToken(index, count + spareCount)],
      disk: createModelNode(directories),
    });
    members.push(member);
    if (index < count) ring.add(member);
  }
  const namespace = 'cassandra';
  const kubernetes = await startKubernetesApi({
    namespace,
    nodes: members.map((member) => podOf(member, containers)),
    keeper,
  });
  for (const [index, pod] of kubernetes.pods.entries()) pod.isRemoved = index >= count;
  const kubeconfigFile = join(dir, 'kubeconfig');
  await writeFile(kubeconfigFile, kubernetes.kubeconfig, { mode: 0o600 });
  const home = join(dir, 'home');
  await mkdir(home);
  const iam = options.hasIam ? await startIam(source, dir, keeper, s3Login) : undefined;
  const s3 = await startS3(source, dir, keeper, {
    iamSocket: iam?.socket,
    accessLog: iam && join(dir, 's3-access.log'),
    hasObjectLock: options.hasObjectLock,
  });
  const settings = {
    ...clusterEnv({
      namespace,
      kubeconfigFile,
      home,
      s3,
      pushgateway: undefined,
      cqlPasswords: false,
      jmxPassword: false,
      tls: undefined,
    }),
    // The machine's disk is none of the test's business.
    CAIN_MIN_FREE: '0',
    CAIN_LOG_FORMAT: 'json',
  };
  return {
    dir,
    namespace,
    clusterName,
    ring,
    kubernetes,
    s3,
    iam,
    tools,
    containers,
    smallDisk,
    spares: members.slice(count),
    env: (extra = {}) => ({ ...settings, ...extra }),
    stop: async () => {
      await Promise.all([...containers.values()].map(({ sandbox }) => sandbox.close()));
      await smallDisk?.unmount();
      await Promise.all([kubernetes.close(), tools.close(), source.remove(), keeper.end()]);
      if (!process.env.CAIN_KEEP) await rm(dir, { recursive: true, force: true });
    },
  };
}

async function makeNodeFolders(dir: string, dataDirectories: number): Promise<readonly string[]> {
  for (const name of ['bin', 'home']) await mkdir(join(dir, name), { recursive: true });
  const names =
    dataDirectories === 1 ? ['data'] : Array.from({ length: dataDirectories }, (_, at) => `data${at + 1}`);
  for (const name of names) await mkdir(join(dir, name));
  return names.map((name) => join(dir, name));
}

interface ContainerParts {
  readonly dir: string;
  readonly pod: string;
  readonly port: number;
  readonly keeper: ProcessKeeper;
  readonly python3: string;
}

async function makeContainer({ dir, pod, port, keeper, python3 }: ContainerParts): Promise<Container> {
  const bin = join(dir, pod, 'bin');
  for (const tool of ['nodetool', 'cqlsh'] as const) {
    await writeFile(join(bin, tool), toolScript(pod, tool, port));
    await chmod(join(bin, tool), 0o755);
  }
  // An image has a python3 in its PATH (cqlsh needs it).
  if (!findProgram('python3', '/usr/bin:/bin')) await symlink(python3, join(bin, 'python3'));
  const sandbox = await startSandbox(keeper);
  startServerProcess(keeper, sandbox);
  return { env: { PATH: `${bin}:/usr/bin:/bin`, HOME: join(dir, pod, 'home'), HOSTNAME: pod }, sandbox };
}

/** Cassandra's server in /proc, by its class name, as Cain looks for it. */
function startServerProcess(keeper: ProcessKeeper, sandbox: Sandbox): void {
  const name = 'java org.apache.cassandra.service.CassandraDaemon';
  keeper.start(sandbox.enter(['bash', '-c', `exec -a '${name}' sleep infinity`]), {
    cwd: '/',
    stdio: 'ignore',
  });
}

function podOf(member: ModelMember, containers: ReadonlyMap<string, Container>): PodNode {
  const container = containers.get(member.pod);
  if (!container) throw new Error(`${member.pod} has no container`);
  return {
    pod: member.pod,
    address: member.address,
    container,
    get isRunning() {
      return member.isUp;
    },
  };
}

/** The ring in equal parts, the first at its begin. */
function evenToken(index: number, count: number): string {
  return String(-(2n ** 63n) + (2n ** 64n / BigInt(count)) * BigInt(index));
}
