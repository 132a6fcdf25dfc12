/** Something scarce that several tasks share, first come, first served. */
export interface Budget {
  /**
   * Resolves once so much is free, to what gives it back. Who asks for more than there is gets all of it, so that
   * nobody waits for ever. Rejects with the signal's reason when it fires before.
   */
  take(amount: number, signal: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly share: number;
  readonly start: () => void;
}

export function createBudget(total: number): Budget {
  const waiters: Waiter[] = [];
  let free = total;

  function startWaiters(): void {
    for (let first = waiters[0]; first && first.share <= free; first = waiters[0]) {
      waiters.shift();
      free -= first.share;
      first.start();
    }
  }

  async function wait(share: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        share,
        start() {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      function leave(): void {
        waiters.splice(waiters.indexOf(waiter), 1);
        startWaiters();
        reject(signal.reason);
      }
      signal.addEventListener('abort', leave, { once: true });
      waiters.push(waiter);
      startWaiters();
    });
  }

  return {
    async take(amount, signal) {
      signal.throwIfAborted();
      const share = Math.min(amount, total);
      await wait(share, signal);
      let isGivenBack = false;
      return () => {
        if (isGivenBack) return;
        isGivenBack = true;
        free += share;
        startWaiters();
      };
    },
  };
}
