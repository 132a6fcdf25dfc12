import { createHash } from 'node:crypto';
import { type V1Lease, V1MicroTime } from '@kubernetes/client-node';

/** What a Lease says when nobody else did. */
const usualDurationSeconds = 60;

/** Names the very run that wrote last: the holder may be that of another pod of the same Job. */
const runAnnotation = 'cain/run';

export interface LeaseHolder {
  readonly namespace: string;
  /** Who holds it: the Job's UID, so that the Job's next pod takes over from the one before. */
  readonly holder: string;
  /** A random id. */
  readonly runId: string;
  readonly durationMs: number;
}

/** `cain-` and 16 hex digits: cluster names hold spaces and more that no object name may. */
export function leaseName(clusterName: string): string {
  return `cain-${createHash('sha256').update(clusterName).digest('hex').slice(0, 16)}`;
}

/**
 * Free: none there, released, ours, or unchanged for its duration. Its own words for the duration count, since
 * another run wrote them.
 */
export function isFree(lease: V1Lease | undefined, holder: string, unchangedMs: number): boolean {
  const identity = lease?.spec?.holderIdentity;
  if (!lease || !identity || identity === holder) return true;
  return unchangedMs > (lease.spec?.leaseDurationSeconds ?? usualDurationSeconds) * 1000;
}

/** The Lease as we hold it from now on; with `current`'s resourceVersion, so that no other write is lost. */
export function heldLease(
  name: string,
  current: V1Lease | undefined,
  { namespace, holder, runId, durationMs }: LeaseHolder,
): V1Lease {
  const now = new V1MicroTime();
  const isSameHolder = current?.spec?.holderIdentity === holder;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...current?.metadata,
      name,
      namespace,
      annotations: { ...current?.metadata?.annotations, [runAnnotation]: runId },
    },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      acquireTime: isSameHolder && current.spec?.acquireTime ? current.spec.acquireTime : now,
      renewTime: now,
      leaseTransitions: (current?.spec?.leaseTransitions ?? 0) + (isSameHolder ? 0 : 1),
    },
  };
}

/** The same Lease without a holder. */
export function releasedLease(current: V1Lease): V1Lease {
  return { ...current, spec: { ...current.spec, holderIdentity: '' } };
}

/** Whether this run wrote it last. */
export function isWrittenBy(lease: V1Lease, runId: string): boolean {
  return lease.metadata?.annotations?.[runAnnotation] === runId;
}
