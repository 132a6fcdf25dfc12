import { randomUUID } from 'node:crypto';
import type { V1Pod, V1PodList } from '@kubernetes/client-node';
import type { EmbeddedNode } from './cassandra-node.ts';
import { matchesSelector } from './label-selector.ts';

/** What a pod needs to know of its node. */
export type PodNode = Pick<EmbeddedNode, 'pod' | 'address' | 'isRunning' | 'container'>;

/** A pod of the embedded cluster; tests change it to see how a run copes. */
export interface EmbeddedPod {
  /** Another one than its node's: as of a pod that came instead of it. */
  name: string;
  readonly node: PodNode;
  uid: string;
  /** False: not ready although Cassandra runs. A pod whose Cassandra is down is not ready anyway. */
  isHealthy: boolean;
  /** True: gone from the API, as after an eviction. */
  isRemoved: boolean;
  labels: Record<string, string>;
  /** Names in spec.containers; an exec may name any of them. */
  containers: string[];
}

export interface PodRegistry {
  readonly pods: readonly EmbeddedPod[];
  find(namespace: string, name: string): EmbeddedPod | undefined;
  list(namespace: string, query: URLSearchParams): V1PodList;
  object(pod: EmbeddedPod): V1Pod;
}

export function createPodRegistry(namespace: string, nodes: readonly PodNode[]): PodRegistry {
  const startedAt = new Date();
  const pods: EmbeddedPod[] = nodes.map((node, index) => ({
    name: node.pod,
    node,
    uid: randomUUID(),
    isHealthy: true,
    isRemoved: false,
    labels: {
      app: 'cassandra',
      'apps.kubernetes.io/pod-index': String(index),
      'controller-revision-hash': 'cassandra-5d9c8f7b6c',
      'statefulset.kubernetes.io/pod-name': node.pod,
    },
    containers: ['cassandra'],
  }));
  const object = (pod: EmbeddedPod) => podObject(pod, namespace, startedAt);

  const find = (inNamespace: string, name: string) =>
    pods.find((pod) => inNamespace === namespace && pod.name === name && !pod.isRemoved);

  const list = (inNamespace: string, query: URLSearchParams): V1PodList => {
    const selector = query.get('labelSelector') ?? '';
    const chosen = pods
      .filter((pod) => inNamespace === namespace && !pod.isRemoved && matchesSelector(selector, pod.labels))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const from = Number(Buffer.from(query.get('continue') ?? '', 'base64').toString() || 0);
    const limit = Number(query.get('limit') ?? 0) || chosen.length;
    const rest = chosen.length - from - limit;
    const more = { continue: Buffer.from(String(from + limit)).toString('base64'), remainingItemCount: rest };
    return {
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '1000', ...(rest > 0 ? more : {}) },
      items: chosen.slice(from, from + limit).map(object),
    };
  };
  return { pods, find, list, object };
}

function podObject(pod: EmbeddedPod, namespace: string, startedAt: Date): V1Pod {
  const isReady = pod.isHealthy && pod.node.isRunning;
  const ready = isReady ? 'True' : 'False';
  const image = 'docker.io/library/cassandra:embedded';
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: pod.name,
      namespace,
      uid: pod.uid,
      resourceVersion: '1000',
      creationTimestamp: startedAt,
      labels: pod.labels,
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'cassandra', uid: 'embedded', controller: true },
      ],
    },
    spec: { nodeName: `worker-${pod.name}`, containers: pod.containers.map((name) => ({ name, image })) },
    status: {
      phase: 'Running',
      podIP: pod.node.address,
      podIPs: [{ ip: pod.node.address }],
      hostIP: '127.0.0.1',
      startTime: startedAt,
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type, index) => ({
        type,
        status: index < 2 ? 'True' : ready,
        lastTransitionTime: startedAt,
      })),
      containerStatuses: pod.containers.map((name) => ({
        name,
        image,
        imageID: '',
        ready: isReady,
        started: pod.node.isRunning,
        restartCount: 0,
        state: { running: { startedAt } },
      })),
    },
  };
}
