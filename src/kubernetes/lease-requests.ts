import type { CoordinationV1Api, V1Lease } from '@kubernetes/client-node';
import { withTimeLimit } from '../time-limit.ts';
import { abortable } from './abortable.ts';
import { apiError, statusOf } from './api-errors.ts';

const requestLimitMs = 10_000;

export type LeaseApi = Pick<
  CoordinationV1Api,
  'readNamespacedLease' | 'createNamespacedLease' | 'replaceNamespacedLease'
>;

/** The requests about one Lease, each with a limit; failures are CainErrors. */
export interface LeaseRequests {
  readonly name: string;
  /** undefined = there is none. */
  read(signal: AbortSignal): Promise<V1Lease | undefined>;
  /** undefined = somebody else was there before us. Without a resourceVersion it is created. */
  write(lease: V1Lease, signal: AbortSignal): Promise<V1Lease | undefined>;
}

export function leaseRequests(api: LeaseApi, name: string, namespace: string): LeaseRequests {
  return {
    name,
    async read(signal) {
      try {
        return await withTimeLimit(`Reading Lease ${name}`, requestLimitMs, signal, (inner) =>
          api.readNamespacedLease({ name, namespace }, abortable(inner)),
        );
      } catch (error) {
        signal.throwIfAborted();
        if (statusOf(error) === 404) return undefined;
        throw apiError(`Can't read Lease ${name}`, error);
      }
    },
    async write(lease, signal) {
      const isNew = lease.metadata?.resourceVersion === undefined;
      try {
        return await withTimeLimit(`Writing Lease ${name}`, requestLimitMs, signal, (inner) =>
          isNew
            ? api.createNamespacedLease({ namespace, body: lease }, abortable(inner))
            : api.replaceNamespacedLease({ name, namespace, body: lease }, abortable(inner)),
        );
      } catch (error) {
        signal.throwIfAborted();
        // 404 to a replacement: it was deleted.
        if (statusOf(error) === 409 || (!isNew && statusOf(error) === 404)) return undefined;
        throw apiError(`Can't write Lease ${name}`, error);
      }
    },
  };
}
