import { type NodeProbe, probeNode } from '../cassandra/probe.ts';
import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { ClusterAccess } from './session.ts';

/** A node that may speak for its cluster, and what it says. */
export interface Spokesman {
  readonly pod: CassandraPod;
  readonly probe: NodeProbe;
}

/** Asks the first ready Cassandra pod: the cluster's name is part of where its backups lie. */
export async function askCluster(access: ClusterAccess, signal: AbortSignal): Promise<Spokesman> {
  const { pods } = await access.listPods(signal);
  const pod = pods.find(({ isReady }) => isReady);
  if (pod) return { pod, probe: await probeNode(access.tools, pod, signal) };
  if (pods.length === 0) {
    throw new CainError('CAIN_PREFLIGHT', 'No Cassandra pod fits the settings', {
      hint: 'Check CAIN_NAMESPACE, CAIN_SELECTOR and CAIN_CONTAINER, or name the backups in full with CAIN_SRC.',
    });
  }
  throw new CainError('CAIN_NODE_DOWN', 'No Cassandra pod is ready to say the name of its cluster', {
    hint: 'Wait for a node to be up, or name the backups in full with CAIN_SRC.',
    retryable: true,
  });
}
