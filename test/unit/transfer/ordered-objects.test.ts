import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  fetchInOrder,
  type ObjectQueueOptions,
  type WantedObject,
} from '../../../src/transfer/ordered-objects.ts';
import { createPartPool } from '../../../src/transfer/part-pool.ts';
import { rejection } from '../../support/error-code.ts';
import { withFaults } from '../../support/faulty-store.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

const aheadBytes = 1000;

function bytesOf(index: number, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, index + 1);
}

function wanted(index: number, sizeBytes: number): WantedObject {
  return { key: `file-${index}`, sizeBytes, crc32: crc32(bytesOf(index, sizeBytes)), about: `file ${index}` };
}

async function storeWith(items: readonly WantedObject[]) {
  const store = openMemoryStore();
  for (const [index, { key, sizeBytes }] of items.entries()) await store.put(key, bytesOf(index, sizeBytes));
  return store;
}

function optionsFor(store: Store, more: Partial<ObjectQueueOptions> = {}): ObjectQueueOptions {
  const pool = createPartPool(4000, aheadBytes);
  return { store, pool, parallel: 3, aheadBytes, retries: 1, signal: new AbortController().signal, ...more };
}

async function read(items: readonly WantedObject[], options: ObjectQueueOptions): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const { item, bytes } of fetchInOrder(items, options)) {
    expect(item).to.equal(items[all.length]);
    const chunks: Uint8Array[] = [];
    // Buffers are used again once the next object is asked for.
    for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
    all.push(Buffer.concat(chunks));
  }
  return all;
}

describe('objects in order', () => {
  it('come whole and in order, small and large, and give all their buffers back', async () => {
    const items = [900, 0, 5000, 10, 1000, 200_000, 1001, 1].map((size, index) => wanted(index, size));
    const options = optionsFor(await storeWith(items));

    const all = await read(items, options);

    expect(all.map(({ length }) => length)).to.deep.equal(items.map(({ sizeBytes }) => sizeBytes));
    for (const [index, bytes] of all.entries()) expect(crc32(bytes)).to.equal(items[index]?.crc32);
    expect(options.pool.usedBytes).to.equal(0);
    expect(options.pool.peakBytes).to.be.at.most(4000);
  });

  it('share a pool that holds less than one queue would like', async () => {
    const items = Array.from({ length: 20 }, (_, index) => wanted(index, 900));
    const store = await storeWith(items);
    const pool = createPartPool(1000, aheadBytes);

    const queues = await Promise.all(
      [1, 2, 3].map(() => read(items, optionsFor(store, { pool, parallel: 5 }))),
    );

    for (const queue of queues) expect(queue).to.have.length(20);
    expect(pool.usedBytes).to.equal(0);
  });

  for (const sizeBytes of [500, 5000]) {
    it(`refuse other bytes of the same length (${sizeBytes})`, async () => {
      const items = [wanted(0, 10), wanted(1, sizeBytes)];
      const store = await storeWith(items);
      await store.put('file-1', bytesOf(7, sizeBytes));
      const options = optionsFor(store);

      const error = await rejection(read(items, options), 'CAIN_CHECKSUM_MISMATCH');

      expect(error.message).to.contain('file 1').and.contain('file-1');
      expect(options.pool.usedBytes).to.equal(0);
    });

    it(`refuse another length (${sizeBytes})`, async () => {
      const items = [wanted(0, sizeBytes)];
      const store = await storeWith(items);
      await store.put('file-0', bytesOf(0, sizeBytes + 1));

      await rejection(read(items, optionsFor(store)), 'CAIN_CHECKSUM_MISMATCH');
    });
  }

  it('are fetched again where a small one was cut; a large one that was cut fails, and may be tried again', async () => {
    const items = [wanted(0, 900), wanted(1, 5000)];
    const store = withFaults(await storeWith(items), [
      { method: 'get', keyMatches: /file-0/, error: 'truncate' },
      { method: 'get', keyMatches: /file-1/, error: 'truncate' },
    ]);

    const error = await rejection(read(items, optionsFor(store)), 'CAIN_STORE');

    expect(error.retryable).to.equal(true);
    store.assertAllHit();
  });

  it('stop when the reader stops, and give their buffers back', async () => {
    const items = Array.from({ length: 10 }, (_, index) => wanted(index, 900));
    const options = optionsFor(await storeWith(items));

    for await (const { item } of fetchInOrder(items, options)) {
      if (item === items[2]) break;
    }

    expect(options.pool.usedBytes).to.equal(0);
  });

  it('end with the reason of an abort', async () => {
    const items = [wanted(0, 900)];
    const store = withFaults(await storeWith(items), [{ method: 'get', error: 'stall' }]);
    const controller = new AbortController();
    const reading = read(items, optionsFor(store, { signal: controller.signal }));

    controller.abort(new CainError('CAIN_TERMINATED', 'Stopped'));

    await rejection(reading, 'CAIN_TERMINATED');
  });
});
