import { ApiException, type V1Lease, V1MicroTime, type V1Status } from '@kubernetes/client-node';
import type { LeaseApi } from '../../src/kubernetes/lease-requests.ts';
import { rejectOnAbort } from '../../src/time-limit.ts';
import { createLeaseRegistry, type LeaseObject, type LeaseRegistry } from './embedded/lease-registry.ts';

/** `lose-answer` does the work and then fails as a cut connection does; `hang` answers nothing until `cutHung`. */
export type LeaseFault = 503 | 403 | 'cut' | 'lose-answer' | 'hang';

export interface MemoryLeases {
  readonly api: LeaseApi;
  readonly registry: LeaseRegistry;
  /** The next requests meet these, in order; `read` and `write` have queues of their own. */
  readonly faults: { readonly read: LeaseFault[]; readonly write: LeaseFault[] };
  /** Requests so far. */
  readonly counts: { read: number; write: number };
  cutHung(): void;
}

/** Leases with the rules of a real API server, without the server. */
export function memoryLeases(): MemoryLeases {
  const registry = createLeaseRegistry();
  const faults: { read: LeaseFault[]; write: LeaseFault[] } = { read: [], write: [] };
  const counts = { read: 0, write: 0 };
  const hung = new AbortController();

  async function answer(kind: 'read' | 'write', work: () => LeaseObject | V1Status): Promise<V1Lease> {
    counts[kind]++;
    await new Promise(setImmediate);
    const fault = faults[kind].shift();
    if (fault === 'hang') return await rejectOnAbort(hung.signal);
    if (fault === 'cut') throw new Error('socket hang up');
    if (typeof fault === 'number') throw exception(fault, 'Injected');
    const result = work();
    if (fault === 'lose-answer') throw new Error('socket hang up');
    if ('status' in result && result.status === 'Failure') {
      throw exception((result as V1Status).code ?? 500, (result as V1Status).message ?? '');
    }
    return parsed(result as LeaseObject);
  }
  return {
    registry,
    faults,
    counts,
    cutHung: () => hung.abort(new Error('socket hang up')),
    api: {
      readNamespacedLease: ({ name, namespace }) => answer('read', () => registry.get(namespace, name)),
      createNamespacedLease: ({ namespace, body }) =>
        answer('write', () => registry.create(namespace, sent(body))),
      replaceNamespacedLease: ({ name, namespace, body }) =>
        answer('write', () => registry.replace(namespace, name, sent(body))),
    },
  };
}

function sent(body: V1Lease): LeaseObject {
  return JSON.parse(JSON.stringify(body)) as LeaseObject;
}

function parsed(lease: LeaseObject): V1Lease {
  const { acquireTime, renewTime, ...spec } = lease.spec ?? {};
  return {
    ...lease,
    metadata: { ...lease.metadata },
    spec: {
      ...spec,
      ...(acquireTime ? { acquireTime: new V1MicroTime(acquireTime) } : {}),
      ...(renewTime ? { renewTime: new V1MicroTime(renewTime) } : {}),
    },
  };
}

function exception(code: number, message: string): ApiException<unknown> {
  return new ApiException(code, message, JSON.stringify({ message }), {});
}
