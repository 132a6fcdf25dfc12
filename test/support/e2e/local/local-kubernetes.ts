import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Announce } from '../../embedded/cache.ts';
import { type KeptProcess, startProcessKeeper } from '../../embedded/process-keeper.ts';
import { lastLines, runOrFail } from '../../embedded/run-program.ts';
import { buildImages } from '../images.ts';
import { until } from '../until.ts';
import { nodeAddress, nodeName, serviceNetwork } from './addresses.ts';
import { createCertificates } from './certificates.ts';
import { writeComponentFiles } from './component-files.ts';

const storageClass = fileURLToPath(new URL('../../../e2e/manifests/storage-class.yaml', import.meta.url));
const initScript = fileURLToPath(new URL('./init.sh', import.meta.url));

/** A real Kubernetes of one node in namespaces of its own. */
export interface LocalKubernetes {
  readonly dir: string;
  readonly kubeconfig: string;
  /** The command that runs `command` with the cluster's network, and the files of this machine. */
  inNetwork(command: readonly string[]): string[];
  /** The command that runs `command` on the node: its processes, mounts and network. */
  onNode(command: readonly string[]): string[];
  stop(): Promise<void>;
}

/** @param tools the folder of `buildTools` */
export async function startLocalKubernetes(tools: string, announce: Announce): Promise<LocalKubernetes> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'cain-e2e-')));
  const keeper = startProcessKeeper(process.env.CAIN_KEEP ? undefined : dir);
  const stop = async () => {
    await keeper.end();
    await removeControlGroups();
    if (process.env.CAIN_KEEP) announce(`Kept ${dir}`);
    else await rm(dir, { recursive: true, force: true });
  };
  try {
    await createCertificates(join(dir, 'certificates'));
    await writeComponentFiles(dir);
    const sandbox = keeper.start(
      [
        ...[
          'unshare',
          '--mount',
          '--net',
          '--pid',
          '--uts',
          '--ipc',
          '--fork',
          '--kill-child',
          '--mount-proc',
        ],
        ...[
          '--propagation',
          'private',
          'bash',
          initScript,
          dir,
          tools,
          nodeName,
          nodeAddress,
          serviceNetwork,
        ],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const pid = await childOf(sandbox);
    const inNetwork = (command: readonly string[]) => ['nsenter', '--target', pid, '--net', '--', ...command];
    const onNode = (command: readonly string[]) => [
      ...['nsenter', '--target', pid, '--net', '--mount', '--pid', '--uts', '--ipc', '--', ...command],
    ];
    const kubeconfig = join(dir, 'admin.kubeconfig');

    const archive = await buildImages(tools, dir, announce);
    await importImages(onNode, dir, archive);
    const kubectl = inNetwork([join(tools, 'kubectl'), '--kubeconfig', kubeconfig]);
    await untilReady(kubectl, sandbox, dir);
    await runOrFail([...kubectl, 'apply', '--filename', storageClass]);
    return { dir, kubeconfig, inNetwork, onNode, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function childOf({ pid }: KeptProcess): Promise<string> {
  return await until('the sandbox has a first process', 10_000, async () => {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return children.trim().split(' ')[0] || undefined;
  });
}

async function importImages(onNode: LocalKubernetes['onNode'], dir: string, archive: string): Promise<void> {
  const socket = join(dir, 'containerd.sock');
  await until('containerd listens', 30_000, async () => existsSync(socket) || undefined);
  const ctr = ['ctr', '--address', socket, '--namespace', 'k8s.io'];
  await runOrFail(onNode([...ctr, 'images', 'import', '--all-platforms', archive]));
  await rm(archive);
}

/** The node is ready, and pods are admitted: they are not before their namespace has its service account. */
async function untilReady(kubectl: readonly string[], sandbox: KeptProcess, dir: string): Promise<void> {
  const jsonpath = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  const isReady = async () => {
    if (!sandbox.isRunning()) throw new Error('The sandbox of Kubernetes ended');
    const status = await runOrFail([...kubectl, 'get', 'node', nodeName, jsonpath], { limitMs: 10_000 });
    await runOrFail([...kubectl, 'get', 'serviceaccount', 'default'], { limitMs: 10_000 });
    return status === 'True' || undefined;
  };
  await until('the node is ready', 180_000, isReady).catch(async (cause: unknown) => {
    throw new Error(`Kubernetes does not start:\n${await logEnds(join(dir, 'logs'))}`, { cause });
  });
}

async function logEnds(dir: string): Promise<string> {
  const names = await readdir(dir).catch(() => []);
  const ends = names.map(
    async (name) => `--- ${name}\n${lastLines(await readFile(join(dir, name), 'utf8'), 5)}`,
  );
  return (await Promise.all(ends)).join('\n');
}

/** Of the pods: empty once everything has ended, but nobody else removes them. */
async function removeControlGroups(): Promise<void> {
  const root = '/sys/fs/cgroup';
  const hierarchies = [root, ...(await readdir(root)).map((name) => join(root, name))];
  for (const dir of hierarchies.flatMap((parent) => [join(parent, 'kubepods'), join(parent, 'k8s.io')])) {
    if (existsSync(dir)) await removeGroup(dir);
  }
}

async function removeGroup(dir: string): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(dir, entry.name));
  // One with processes in it is somebody else's.
  await rmdir(dir).catch(() => undefined);
}
