import { randomUUID } from 'node:crypto';
import type { V1Status } from '@kubernetes/client-node';
import { failure, notFound } from './api-status.ts';

/** As JSON: times are text, and checked as text. */
export interface LeaseObject {
  metadata: {
    name?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    [key: string]: unknown;
  };
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
  [key: string]: unknown;
}

export interface LeaseRegistry {
  get(namespace: string, name: string): LeaseObject | V1Status;
  list(namespace: string): LeaseObject[];
  create(namespace: string, lease: LeaseObject): LeaseObject | V1Status;
  replace(namespace: string, name: string, lease: LeaseObject): LeaseObject | V1Status;
  remove(namespace: string, name: string): V1Status;
}

const resource = 'leases.coordination.k8s.io';
/** Go's MicroTime takes six digits and nothing else: Date.toISOString() is refused by a real server too. */
const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/** Leases with the rules of a real API server: unique names, and no update of what has changed meanwhile. */
export function createLeaseRegistry(): LeaseRegistry {
  const leases = new Map<string, LeaseObject>();
  let version = 2000;
  const stored = (namespace: string, name: string) => leases.get(`${namespace}/${name}`);

  const store = (namespace: string, name: string, lease: LeaseObject, uid: string): LeaseObject => {
    const metadata = { ...lease.metadata, name, namespace, uid, resourceVersion: String(++version) };
    const whole = { ...lease, kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata };
    leases.set(`${namespace}/${name}`, whole);
    return structuredClone(whole);
  };

  return {
    get: (namespace, name) => structuredClone(stored(namespace, name)) ?? notFound(resource, name),
    list: (namespace) =>
      [...leases.values()]
        .filter(({ metadata }) => metadata.namespace === namespace)
        .map((it) => structuredClone(it)),

    create: (namespace, lease) => {
      const name = lease.metadata?.name ?? '';
      if (stored(namespace, name))
        return failure(409, 'AlreadyExists', `${resource} "${name}" already exists`);
      return faultOf(lease) ?? store(namespace, name, lease, randomUUID());
    },

    replace: (namespace, name, lease) => {
      const current = stored(namespace, name);
      if (!current) return notFound(resource, name);
      const given = lease.metadata?.resourceVersion;
      if (!given) return invalid(name, 'metadata.resourceVersion: must be specified for an update');
      if (given !== current.metadata.resourceVersion) {
        const advice =
          'the object has been modified; please apply your changes to the latest version and try again';
        return failure(409, 'Conflict', `Operation cannot be fulfilled on ${resource} "${name}": ${advice}`);
      }
      return faultOf(lease) ?? store(namespace, name, lease, current.metadata.uid ?? '');
    },

    remove: (namespace, name) => {
      if (!leases.delete(`${namespace}/${name}`)) return notFound(resource, name);
      return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
    },
  };
}

function faultOf({ metadata, spec = {} }: LeaseObject): V1Status | undefined {
  const name = metadata?.name ?? '';
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name))
    return invalid(name, 'metadata.name: Invalid value');
  const seconds = spec.leaseDurationSeconds;
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds > 0)) {
    return invalid(name, 'spec.leaseDurationSeconds: must be greater than 0');
  }
  for (const time of [spec.acquireTime, spec.renewTime]) {
    if (time && !microTime.test(time)) {
      return failure(
        400,
        'BadRequest',
        `Lease in version "v1" cannot be handled as a Lease: parsing time "${time}"`,
      );
    }
  }
  return undefined;
}

function invalid(name: string, why: string): V1Status {
  return failure(422, 'Invalid', `Lease.coordination.k8s.io "${name}" is invalid: ${why}`);
}
