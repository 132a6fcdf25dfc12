import { CainError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';

/** How the last call ends: not begun, half of its keys deleted, or done with the answer lost. */
export type Death = 'before' | 'half-way' | 'after';

export interface DyingStore extends Store {
  /** The calls so far, by name. */
  readonly calls: readonly string[];
}

/** A store that dies with its n-th call (from 1) and stays dead, as a killed process or a cut network does. */
export function dyingStore(
  inner: Store,
  lastCall = Number.POSITIVE_INFINITY,
  death: Death = 'before',
): DyingStore {
  const calls: string[] = [];

  async function call<T>(
    name: string,
    work: () => Promise<T>,
    half: () => Promise<unknown> = work,
  ): Promise<T> {
    calls.push(name);
    if (calls.length < lastCall) return await work();
    if (calls.length === lastCall && death === 'half-way') await half();
    if (calls.length === lastCall && death === 'after') await work();
    throw new CainError('CAIN_STORE', `Injected: dead since call ${lastCall}`, { retryable: true });
  }
  async function* listed<T>(name: string, list: () => AsyncIterable<T>): AsyncIterable<T> {
    await call(name, async () => {});
    yield* list();
  }
  return {
    ...inner,
    calls,
    put: (key, body, options) => call('put', () => inner.put(key, body, options)),
    get: (key, options) => call('get', () => inner.get(key, options)),
    head: (key, options) => call('head', () => inner.head(key, options)),
    list: (prefix, options) => listed('list', () => inner.list(prefix, options)),
    listNames: (prefix, options) => listed('listNames', () => inner.listNames(prefix, options)),
    delete: (keys, options) =>
      call(
        'delete',
        () => inner.delete(keys, options),
        () => inner.delete(keys.slice(0, Math.ceil(keys.length / 2)), options),
      ),
    now: (options) => call('now', () => inner.now(options)),
    within: () => {
      throw new Error('A dying store is of one prefix');
    },
  };
}
