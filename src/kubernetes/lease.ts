import { createHash } from 'node:crypto';
import type { CoordinationV1Api, V1Lease } from '@kubernetes/client-node';
import { V1MicroTime } from '@kubernetes/client-node';
import { CainError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { pause, withTimeLimit } from '../time-limit.ts';
import { apiError, statusOf } from './api-errors.ts';

const requestLimitMs = 10_000;
/** A holder renews this many times within the lease's duration; after two thirds without success it must stop. */
const renewalsPerDuration = 4;

export interface LeaseOptions {
  readonly namespace: string;
  readonly clusterName: string;
  /** Who holds it: the Job's UID, so that the Job's next pod takes over from the one before. */
  readonly holder: string;
  readonly durationMs: number;
  /** How long to wait for another holder before CAIN_LOCKED. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface HeldLease {
  readonly name: string;
  /** Fires (CAIN_LEASE_LOST) when the lease could not be renewed in time or was taken: the run must stop. */
  readonly lost: AbortSignal;
  /** Proves right now that it is still ours: called before a commit and before deletes. */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/** `cain-` and 16 hex digits: cluster names hold spaces and more that no object name may. */
export function leaseName(clusterName: string): string {
  return `cain-${createHash('sha256').update(clusterName).digest('hex').slice(0, 16)}`;
}

/**
 * Takes the Lease that keeps the runs on one cluster apart, waiting for another holder if need be. Stale is a
 * lease that did not change for its own duration by *our* monotonic clock: clocks of machines differ.
 */
export async function takeLease(api: CoordinationV1Api, options: LeaseOptions): Promise<HeldLease> {
  const name = leaseName(options.clusterName);
  const deadline = performance.now() + options.waitMs;
  let seen: { version: string; at: number } | undefined;
  let attempt = 0;
  for (;;) {
    const current = await readLease(api, name, options);
    const version = current?.metadata?.resourceVersion ?? '';
    if (!seen || seen.version !== version) seen = { version, at: performance.now() };
    const unchangedMs = performance.now() - seen.at;
    if (isFree(current, options.holder, unchangedMs)) {
      const taken = await tryWrite(api, name, current, options);
      if (taken) return keepLease(api, name, taken, options);
      continue;
    }
    if (performance.now() > deadline) throw lockedError(name, current, options);
    if (attempt++ === 0) {
      options.log.info('Waiting for another run to end', {
        lease: name,
        holder: current?.spec?.holderIdentity,
      });
    }
    await pause(Math.min(1000, options.durationMs / renewalsPerDuration), options.signal);
  }
}

/** Free: none there, released, ours, or unchanged for its duration. Its own words for the duration count, since another run wrote them. */
function isFree(lease: V1Lease | undefined, holder: string, unchangedMs: number): boolean {
  const identity = lease?.spec?.holderIdentity;
  if (!lease || !identity || identity === holder) return true;
  return unchangedMs > (lease.spec?.leaseDurationSeconds ?? 60) * 1000;
}

function lockedError(
  name: string,
  lease: V1Lease | undefined,
  { waitMs, namespace }: LeaseOptions,
): CainError {
  return new CainError(
    'CAIN_LOCKED',
    `Lease ${name} in namespace ${namespace} is held by ${lease?.spec?.holderIdentity} for longer than CAIN_LOCK_WAIT (${waitMs / 1000} s)`,
    {
      hint: 'Another backup, prune or restore of this cluster is at work; let it end, or raise CAIN_LOCK_WAIT.',
    },
  );
}

async function readLease(
  api: CoordinationV1Api,
  name: string,
  options: LeaseOptions,
): Promise<V1Lease | undefined> {
  try {
    return await call('Reading the Lease', options.signal, () =>
      api.readNamespacedLease({ name, namespace: options.namespace }),
    );
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw apiError(`Can't read Lease ${name}`, error);
  }
}

/** undefined = somebody else was faster (409 on create or on a stale resourceVersion). */
async function tryWrite(
  api: CoordinationV1Api,
  name: string,
  current: V1Lease | undefined,
  options: LeaseOptions,
): Promise<V1Lease | undefined> {
  const { namespace, signal } = options;
  try {
    return await call('Taking the Lease', signal, () =>
      current
        ? api.replaceNamespacedLease({ name, namespace, body: held(name, current, options) })
        : api.createNamespacedLease({ namespace, body: held(name, undefined, options) }),
    );
  } catch (error) {
    if (statusOf(error) === 409) return undefined;
    throw apiError(`Can't take Lease ${name}`, error);
  }
}

function held(
  name: string,
  current: V1Lease | undefined,
  { namespace, holder, durationMs }: LeaseOptions,
): V1Lease {
  const now = new V1MicroTime();
  const isSameHolder = current?.spec?.holderIdentity === holder;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...current?.metadata, name, namespace },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      acquireTime: isSameHolder && current.spec?.acquireTime ? current.spec.acquireTime : now,
      renewTime: now,
      leaseTransitions: (current?.spec?.leaseTransitions ?? 0) + (isSameHolder ? 0 : 1),
    },
  };
}

function keepLease(api: CoordinationV1Api, name: string, taken: V1Lease, options: LeaseOptions): HeldLease {
  const { durationMs, log, namespace } = options;
  const lost = new AbortController();
  const stopped = new AbortController();
  let lease = taken;
  let renewedAt = performance.now();
  // One write at a time: two would trip over each other's resourceVersion.
  let writing: Promise<void> = Promise.resolve();

  function renew(): Promise<void> {
    writing = writing
      .catch(() => {})
      .then(async () => {
        lost.signal.throwIfAborted();
        const next = await tryWrite(api, name, lease, { ...options, signal: stopped.signal });
        if (!next) throw lose(`Lease ${name} was taken by another run`);
        lease = next;
        renewedAt = performance.now();
      });
    return writing;
  }
  function lose(why: string): CainError {
    const error = new CainError('CAIN_LEASE_LOST', why, {
      hint: 'Nothing was committed. The next run repairs what this one left.',
    });
    lost.abort(error);
    return error;
  }
  async function keep(): Promise<void> {
    while (!stopped.signal.aborted && !lost.signal.aborted) {
      await pause(durationMs / renewalsPerDuration, stopped.signal);
      await renew().catch((error: unknown) => log.warn('Lease could not be renewed', { lease: name, error }));
    }
  }
  const keeping = keep().catch(() => {});
  // Of its own, since a renewal may hang.
  const deadline = setInterval(() => {
    const silentMs = performance.now() - renewedAt;
    if (silentMs > (durationMs * 2) / 3)
      lose(`Lease ${name} could not be renewed for ${Math.round(silentMs / 1000)} s`);
  }, durationMs / 10);

  return {
    name,
    lost: lost.signal,
    confirm: renew,
    async release() {
      stopped.abort(new Error('released'));
      clearInterval(deadline);
      await keeping;
      if (lost.signal.aborted) return;
      const body: V1Lease = { ...lease, spec: { ...lease.spec, holderIdentity: '' } };
      await call('Releasing the Lease', AbortSignal.timeout(requestLimitMs), () =>
        api.replaceNamespacedLease({ name, namespace, body }),
      ).catch((error: unknown) =>
        log.warn('Lease could not be released; it grows stale by itself', { lease: name, error }),
      );
    },
  };
}

async function call<T>(what: string, signal: AbortSignal, request: () => Promise<T>): Promise<T> {
  return await withTimeLimit(what, requestLimitMs, signal, request);
}
