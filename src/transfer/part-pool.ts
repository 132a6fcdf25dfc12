/** Part buffers of one size, lent out under one limit for the whole run. */
export interface PartPool {
  /** Waits until the limit allows it; first come, first served. The buffer has exactly this length. */
  acquire(sizeBytes: number, signal: AbortSignal): Promise<Buffer>;
  release(buffer: Buffer): void;
  /** Bytes lent out now. */
  readonly usedBytes: number;
  /** With those that are kept for reuse. */
  readonly heldBytes: number;
  readonly peakBytes: number;
}

interface Waiter {
  readonly sizeBytes: number;
  grant(): void;
}

/**
 * Bounds the memory of all transfers together: it grows neither with files, nor nodes, nor bytes. Buffers of
 * `recycledBytes` are kept for reuse, others are made to measure. A part larger than the limit (a file over
 * limit × 10,000) is lent when nothing else is. Nobody waits while holding a buffer that is not being
 * uploaded or filled from the network, so it can't deadlock.
 */
export function createPartPool(limitBytes: number, recycledBytes: number): PartPool {
  const spare: Buffer[] = [];
  const waiters: Waiter[] = [];
  let usedBytes = 0;
  let peakBytes = 0;

  function fits(sizeBytes: number): boolean {
    return usedBytes === 0 || usedBytes + sizeBytes <= limitBytes;
  }
  function take(sizeBytes: number): Buffer {
    usedBytes += sizeBytes;
    peakBytes = Math.max(peakBytes, usedBytes);
    const kept = sizeBytes === recycledBytes ? spare.pop() : undefined;
    if (kept) return kept;
    // Kept buffers are memory too.
    while (spare.length > 0 && heldBytes() > limitBytes) spare.pop();
    return Buffer.allocUnsafeSlow(sizeBytes);
  }
  function heldBytes(): number {
    return usedBytes + spare.length * recycledBytes;
  }
  function serve(): void {
    for (let next = waiters[0]; next && fits(next.sizeBytes); next = waiters[0]) {
      waiters.shift();
      next.grant();
    }
  }

  return {
    async acquire(sizeBytes, signal) {
      signal.throwIfAborted();
      if (waiters.length === 0 && fits(sizeBytes)) return take(sizeBytes);
      return await new Promise<Buffer>((resolve, reject) => {
        const waiter: Waiter = {
          sizeBytes,
          grant() {
            signal.removeEventListener('abort', giveUp);
            resolve(take(sizeBytes));
          },
        };
        function giveUp(): void {
          waiters.splice(waiters.indexOf(waiter), 1);
          reject(signal.reason);
          serve();
        }
        signal.addEventListener('abort', giveUp, { once: true });
        waiters.push(waiter);
      });
    },
    release(buffer) {
      usedBytes -= buffer.length;
      if (buffer.length === recycledBytes && heldBytes() + recycledBytes <= limitBytes) spare.push(buffer);
      serve();
    },
    get usedBytes() {
      return usedBytes;
    },
    get heldBytes() {
      return heldBytes();
    },
    get peakBytes() {
      return peakBytes;
    },
  };
}
