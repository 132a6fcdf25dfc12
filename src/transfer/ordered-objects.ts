import { crc32 } from 'node:zlib';
import { CainError } from '../errors.ts';
import { retry } from '../retry.ts';
import type { Store } from '../store/store.ts';
import type { PartPool } from './part-pool.ts';

/** An object to fetch, and what its bytes must be. */
export interface WantedObject {
  /** In the store. */
  readonly key: string;
  readonly sizeBytes: number;
  /** undefined = nobody knows it. */
  readonly crc32: number | undefined;
  /** For people: backup, node, keyspace, table and file. */
  readonly about: string;
}

export interface ObjectQueueOptions {
  readonly store: Store;
  /** Buffers of objects that are fetched ahead. */
  readonly pool: PartPool;
  /** How many objects are in flight at once. */
  readonly parallel: number;
  /** Larger objects are not fetched ahead; they flow when it is their turn. */
  readonly aheadBytes: number;
  readonly retries: number;
  readonly signal: AbortSignal;
}

export interface FetchedObject<Item extends WantedObject> {
  readonly item: Item;
  /** May be read once. Ends with an error unless size and CRC-32 are right. */
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Fetches objects and hands them out in the order given. Small ones are fetched ahead, several at once, since each
 * costs a round trip; the pool bounds what they hold. Nobody waits for the pool while holding a buffer that nobody
 * drains: the first of a queue asked for its buffer before the others of that queue.
 */
export async function* fetchInOrder<Item extends WantedObject>(
  items: readonly Item[],
  options: ObjectQueueOptions,
): AsyncGenerator<FetchedObject<Item>> {
  const given = new AbortController();
  const signal = AbortSignal.any([options.signal, given.signal]);
  const ahead: Array<Promise<Buffer> | undefined> = [];
  let started = 0;
  try {
    for (const [index, item] of items.entries()) {
      for (; started < items.length && started < index + options.parallel; started++) {
        ahead[started] = startAhead(items[started] as Item, { ...options, signal });
      }
      const fetched = ahead[index];
      if (!fetched) {
        yield { item, bytes: readWhole(item, options.store, signal) };
        continue;
      }
      const buffer = await fetched;
      yield { item, bytes: [buffer] };
      options.pool.release(buffer);
      ahead[index] = undefined;
    }
  } finally {
    given.abort(new Error('no more objects are wanted'));
    await releaseAll(ahead, options.pool);
  }
}

function startAhead(item: WantedObject, options: ObjectQueueOptions): Promise<Buffer> | undefined {
  if (item.sizeBytes > options.aheadBytes || item.sizeBytes === 0) return undefined;
  const fetched = fetchSmall(item, options);
  // It may be awaited much later.
  fetched.catch(() => {});
  return fetched;
}

async function fetchSmall(
  item: WantedObject,
  { store, pool, retries, signal }: ObjectQueueOptions,
): Promise<Buffer> {
  const buffer = await pool.acquire(item.sizeBytes, signal);
  try {
    await retry(
      async () => {
        let fill = 0;
        for await (const chunk of readWhole(item, store, signal)) {
          buffer.set(chunk, fill);
          fill += chunk.length;
        }
      },
      { retries, signal },
    );
    return buffer;
  } catch (error) {
    pool.release(buffer);
    throw error;
  }
}

/** The object's bytes, checked before the last of them is handed out. The store's own check comes after that. */
async function* readWhole(item: WantedObject, store: Store, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const object = await store.get(item.key, { signal });
  let receivedBytes = 0;
  let crc = 0;
  try {
    if (object.sizeBytes !== item.sizeBytes) throw mismatchError(item, `has ${object.sizeBytes} bytes`);
    for await (const chunk of object.body) {
      receivedBytes += chunk.length;
      crc = crc32(chunk, crc);
      if (receivedBytes > item.sizeBytes) throw mismatchError(item, `has more than ${item.sizeBytes} bytes`);
      const isWrong = item.crc32 !== undefined && crc !== item.crc32;
      if (receivedBytes === item.sizeBytes && isWrong) throw mismatchError(item, `has CRC-32 ${crc}`);
      yield chunk;
    }
    if (receivedBytes !== item.sizeBytes) throw mismatchError(item, `came with ${receivedBytes} bytes`);
  } finally {
    object.body.destroy();
  }
}

/** `found` reads after "Object": "has 7 bytes". */
export function mismatchError(
  { key, sizeBytes, crc32: wanted, about }: WantedObject,
  found: string,
): CainError {
  return new CainError(
    'CAIN_CHECKSUM_MISMATCH',
    `Object ${found}, the inventory says ${sizeBytes} bytes${wanted === undefined ? '' : ` with CRC-32 ${wanted}`}: ${about}, key ${key}`,
    {
      hint: 'The object was damaged or altered in the bucket. Restore another backup; the tables are as they were.',
      fields: { key },
    },
  );
}

async function releaseAll(ahead: ReadonlyArray<Promise<Buffer> | undefined>, pool: PartPool): Promise<void> {
  for (const fetched of ahead) {
    await fetched?.then((buffer) => pool.release(buffer)).catch(() => {});
  }
}
