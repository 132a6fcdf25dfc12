import type { CoreV1Api, V1Pod } from '@kubernetes/client-node';
import { withTimeLimit } from '../time-limit.ts';
import { abortable } from './abortable.ts';
import { apiError } from './api-errors.ts';

const listLimitMs = 30_000;

/** A pod that runs a Cassandra container. */
export interface CassandraPod {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  readonly uid: string;
  readonly isReady: boolean;
}

export interface PodSelection {
  readonly pods: readonly CassandraPod[];
  /** Pods that match the selector and are not taken, with the reason. */
  readonly skipped: ReadonlyArray<{ readonly name: string; readonly reason: string }>;
}

/**
 * The pods of the ring, in name order. Taken are those that the selector names and that have the
 * container; finished ones, and others that share a label (Cain's own pod), are skipped aloud.
 */
export async function listCassandraPods(
  core: CoreV1Api,
  { namespace, selector, container }: { namespace: string; selector: string; container: string },
  signal: AbortSignal,
): Promise<PodSelection> {
  const list = await withTimeLimit('Listing pods', listLimitMs, signal, (inner) =>
    core.listNamespacedPod({ namespace, labelSelector: selector }, abortable(inner)),
  ).catch((error: unknown) => {
    signal.throwIfAborted();
    throw apiError(`Can't list the pods of namespace ${namespace} with selector ${selector}`, error);
  });
  const pods: CassandraPod[] = [];
  const skipped: Array<{ name: string; reason: string }> = [];
  for (const pod of list.items) {
    const name = pod.metadata?.name ?? '';
    const reason = reasonToSkip(pod, container);
    if (reason) skipped.push({ name, reason });
    else
      pods.push({
        namespace,
        name,
        container,
        uid: pod.metadata?.uid ?? '',
        isReady: isReady(pod, container),
      });
  }
  pods.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { pods, skipped };
}

function reasonToSkip(pod: V1Pod, container: string): string | undefined {
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return `it has ended (${phase})`;
  const names = (pod.spec?.containers ?? []).map(({ name }) => name);
  if (!names.includes(container)) return `it has no container "${container}" (it has ${names.join(', ')})`;
  return undefined;
}

function isReady(pod: V1Pod, container: string): boolean {
  if (pod.metadata?.deletionTimestamp) return false;
  return (pod.status?.containerStatuses ?? []).some(({ name, ready }) => name === container && ready);
}
