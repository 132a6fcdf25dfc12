import { randomUUID } from 'node:crypto';
import type { V1Lease } from '@kubernetes/client-node';
import { CainError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { retry } from '../retry.ts';
import { pause } from '../time-limit.ts';
import { type HeldLease, keepLease } from './held-lease.ts';
import { heldLease, isFree, leaseName } from './lease-record.ts';
import { type LeaseApi, leaseRequests } from './lease-requests.ts';

export type { HeldLease } from './held-lease.ts';
export { leaseName } from './lease-record.ts';

/** While we wait; a Lease that is free again should not stay so for long. */
const longestLookMs = 1000;
/** About a quarter of a minute: an API server that restarts is no reason to give up a place in the queue. */
const requestRetries = 5;

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

/**
 * Takes the Lease that keeps the runs on one cluster apart, waiting for another holder if need be. Stale is a
 * lease that did not change for its own duration by *our* monotonic clock: clocks of machines differ.
 */
export async function takeLease(api: LeaseApi, options: LeaseOptions): Promise<HeldLease> {
  const { namespace, holder, durationMs, signal, log } = options;
  const requests = leaseRequests(api, leaseName(options.clusterName), namespace);
  const { name } = requests;
  const patiently = <T>(task: () => Promise<T>): Promise<T> =>
    retry(task, {
      retries: requestRetries,
      signal,
      onRetry: (error, attempt) =>
        log.warn('Request about the Lease failed and is tried again', { lease: name, attempt, error }),
    });
  const asHolder = { namespace, holder, durationMs, runId: randomUUID() };
  const startedAt = performance.now();
  let seen: { version: string; at: number } | undefined;
  let hasWaited = false;
  for (;;) {
    const current = await patiently(() => requests.read(signal));
    const version = current?.metadata?.resourceVersion ?? '';
    if (seen?.version !== version) seen = { version, at: performance.now() };
    if (isFree(current, holder, performance.now() - seen.at)) {
      const sentAt = performance.now();
      const taken = await patiently(() => requests.write(heldLease(name, current, asHolder), signal));
      if (taken)
        return keepLease(requests, taken, { ...asHolder, signal, log, renewedAt: sentAt, hasWaited });
    } else if (!hasWaited) {
      hasWaited = true;
      log.info('Waiting for another run to end', { lease: name, holder: current?.spec?.holderIdentity });
    }
    if (performance.now() - startedAt > options.waitMs) throw lockedError(name, current, options);
    await pause(Math.min(longestLookMs, durationMs / 4), signal);
  }
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
