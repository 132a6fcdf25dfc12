import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AgentOrders } from './agent-messages.ts';

export interface OrderLines extends AsyncIterable<Uint8Array> {
  add<Kind extends keyof AgentOrders>(kind: Kind, entry: AgentOrders[Kind]): void;
  /** After what was added so far the lines end. */
  close(): void;
}

/** Orders as lines of JSON. What gathers while a line is on its way shares the next one: many small files, few lines. */
export function createOrderLines(): OrderLines {
  let pending: Partial<Record<keyof AgentOrders, unknown[]>> = {};
  let isEmpty = true;
  let isClosed = false;
  let wake = (): void => {};

  async function* lines(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (isEmpty && isClosed) return;
      if (isEmpty) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        // What arrives in the same turn belongs together.
        await nextTurn();
        continue;
      }
      const line = Buffer.from(`${JSON.stringify(pending)}\n`);
      pending = {};
      isEmpty = true;
      yield line;
    }
  }

  return {
    add(kind, entry) {
      const entries = pending[kind];
      if (entries) entries.push(entry);
      else pending[kind] = [entry];
      isEmpty = false;
      wake();
    },
    close() {
      isClosed = true;
      wake();
    },
    [Symbol.asyncIterator]: lines,
  };
}
