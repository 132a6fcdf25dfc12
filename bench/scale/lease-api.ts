import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKubernetesApi } from '../../test/support/embedded/kubernetes-api.ts';
import { startProcessKeeper } from '../../test/support/embedded/process-keeper.ts';
import { prefix } from './step-input.ts';

/** A Kubernetes API without pods: a prune takes its Lease there. */
export async function startLeaseApi(): Promise<{ readonly kubeconfigFile: string; stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'cain-scale-api-'));
  const keeper = startProcessKeeper(directory);
  const [namespace = ''] = prefix.split('/');
  const api = await startKubernetesApi({ namespace, nodes: [], keeper });
  const kubeconfigFile = join(directory, 'kubeconfig');
  await writeFile(kubeconfigFile, api.kubeconfig);
  return {
    kubeconfigFile,
    async stop() {
      await api.close();
      await keeper.end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
