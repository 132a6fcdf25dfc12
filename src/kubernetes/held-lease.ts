import type { V1Lease } from '@kubernetes/client-node';
import { CainError, isRetryable } from '../errors.ts';
import type { Logger } from '../log.ts';
import { pause } from '../time-limit.ts';
import { heldLease, isWrittenBy, type LeaseHolder, releasedLease } from './lease-record.ts';
import type { LeaseRequests } from './lease-requests.ts';

/** A holder renews this many times within the lease's duration; after two thirds without success it must stop. */
const renewalsPerDuration = 4;
/** After a renewal that failed. */
const triesPerDuration = 12;
const longestConfirmPauseMs = 1000;

export interface HeldLease {
  readonly name: string;
  /** Another run held it when we came: what was learned of the cluster before may be old. */
  readonly hasWaited: boolean;
  /** Fires (CAIN_LEASE_LOST) when the lease could not be renewed in time or was taken: the run must stop. */
  readonly lost: AbortSignal;
  /**
   * Proves right now that it is still ours: called before a commit and before deletes. Failures that pass are waited
   * out until the lease counts as lost.
   */
  confirm(): Promise<void>;
  /** Never rejects. */
  release(): Promise<void>;
}

export interface KeepOptions extends LeaseHolder {
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** By `performance.now()`: when the request was sent that took it. */
  readonly renewedAt: number;
  readonly hasWaited: boolean;
}

/** Keeps a lease that was taken: renews it until it is released or lost. */
export function keepLease(requests: LeaseRequests, taken: V1Lease, options: KeepOptions): HeldLease {
  const { durationMs, log } = options;
  const { name } = requests;
  const never = new AbortController().signal;
  const lost = new AbortController();
  const stopped = new AbortController();
  let lease = taken;
  let { renewedAt } = options;
  // One write at a time: two would trip over each other's resourceVersion.
  let writing: Promise<void> = Promise.resolve();

  /** None of our own signals ends a request: a write whose fate is unknown is worse than a wait of seconds. */
  async function write(change: (current: V1Lease) => V1Lease): Promise<void> {
    lost.signal.throwIfAborted();
    const sentAt = performance.now();
    lease = (await requests.write(change(lease), never)) ?? (await writeAfterConflict(change));
    renewedAt = sentAt;
  }
  /** The conflict may be with a write of our own whose answer was lost. */
  async function writeAfterConflict(change: (current: V1Lease) => V1Lease): Promise<V1Lease> {
    const found = await requests.read(never);
    if (!found) throw lose(`Lease ${name} was deleted`);
    const next = isWrittenBy(found, options.runId) ? await requests.write(change(found), never) : undefined;
    if (!next) throw lose(`Lease ${name} was taken by another run`);
    return next;
  }
  function inTurn(task: () => Promise<void>): Promise<void> {
    writing = writing.catch(() => {}).then(task);
    return writing;
  }
  function renew(): Promise<void> {
    return inTurn(async () => {
      stopped.signal.throwIfAborted();
      await write((current) => heldLease(name, current, options));
    });
  }
  function lose(why: string): CainError {
    const error = new CainError('CAIN_LEASE_LOST', why, {
      hint: 'This run ends. A backup has committed nothing, and the next one repairs what it left; a restore or a prune goes on where it was when it is run again with the same settings.',
    });
    lost.abort(error);
    return error;
  }

  async function keep(): Promise<void> {
    let isRenewed = true;
    while (!stopped.signal.aborted && !lost.signal.aborted) {
      await pause(durationMs / (isRenewed ? renewalsPerDuration : triesPerDuration), stopped.signal);
      isRenewed = await renew().then(
        () => true,
        (error: unknown) => {
          log.warn('Lease could not be renewed', { lease: name, error });
          return false;
        },
      );
    }
  }
  const keeping = keep().catch(() => {});
  // Of its own, since a renewal may hang.
  const deadline = setInterval(() => {
    const silentMs = performance.now() - renewedAt;
    if (silentMs <= (durationMs * 2) / 3) return;
    clearInterval(deadline);
    lose(`Lease ${name} could not be renewed for ${Math.round(silentMs / 1000)} s`);
  }, durationMs / 20);

  return {
    name,
    hasWaited: options.hasWaited,
    lost: lost.signal,
    async confirm() {
      for (;;) {
        try {
          return await renew();
        } catch (error) {
          lost.signal.throwIfAborted();
          if (!isRetryable(error)) throw error;
          const signal = AbortSignal.any([lost.signal, stopped.signal, options.signal]);
          await pause(Math.min(longestConfirmPauseMs, durationMs / triesPerDuration), signal);
        }
      }
    },
    async release() {
      stopped.abort(new Error('released'));
      await keeping;
      await inTurn(() => write(releasedLease)).catch((error: unknown) => {
        if (lost.signal.aborted) return;
        log.warn('Lease could not be released; it grows stale by itself', { lease: name, error });
      });
      clearInterval(deadline);
    },
  };
}
