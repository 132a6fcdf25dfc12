import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubernetesApi, startKubernetesApi } from './kubernetes-api.ts';
import type { PodNode } from './pod-registry.ts';
import { startProcessKeeper } from './process-keeper.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

/** Pods without Cassandra, up at once: for all that is about Kubernetes and exec alone. */
export interface BarePods {
  readonly kubernetes: KubernetesApi;
  readonly kubeconfigFile: string;
  readonly dir: string;
  stop(): Promise<void>;
}

/** Pods `cassandra-0` … in the namespace `cassandra`; programs in `<dir>/<pod>/bin` are in their PATH. */
export async function startBarePods(count = 1): Promise<BarePods> {
  const dir = await mkdtemp(join(tmpdir(), 'cain-pods-'));
  const keeper = startProcessKeeper(dir);
  const sandboxes: Sandbox[] = [];
  const nodes: PodNode[] = [];
  for (let index = 0; index < count; index++) {
    const pod = `cassandra-${index}`;
    const [bin, home] = [join(dir, pod, 'bin'), join(dir, pod, 'home')];
    for (const folder of [bin, home]) await mkdir(folder, { recursive: true });
    const sandbox = await startSandbox(keeper);
    sandboxes.push(sandbox);
    const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: home, HOSTNAME: pod };
    nodes.push({ pod, address: `127.0.0.${index + 1}`, isRunning: true, container: { env, sandbox } });
  }
  const kubernetes = await startKubernetesApi({ namespace: 'cassandra', nodes, keeper });
  const kubeconfigFile = join(dir, 'kubeconfig');
  await writeFile(kubeconfigFile, kubernetes.kubeconfig, { mode: 0o600 });
  return {
    kubernetes,
    kubeconfigFile,
    dir,
    stop: async () => {
      await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
      await Promise.all([kubernetes.close(), keeper.end()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
