import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../../../src/store/store.ts';

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function bytesOf(store: Store, key: string): Promise<Buffer> {
  const { body } = await store.get(key);
  return Buffer.concat(await collect(body));
}

export async function keysUnder(store: Store, prefix: string): Promise<string[]> {
  return (await collect(store.list(prefix))).map(({ key }) => key);
}

/** Puts small objects, some at a time. */
export async function putAll(store: Store, keys: Iterable<string>): Promise<void> {
  const waiting = keys[Symbol.iterator]();
  const putNext = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      await store.put(next.value, Buffer.from(next.value));
    }
  };
  await Promise.all(Array.from({ length: 16 }, putNext));
}

/** Waits for a condition rather than for a time. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 8000,
): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > limit) throw new Error(`Not within ${limitMs} ms: ${what}`);
    await sleep(10);
  }
}
