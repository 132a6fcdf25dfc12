import { expect } from 'chai';
import { createPutClaims } from '../../../src/transfer/put-claims.ts';
import type { TransferItem } from '../../../src/transfer/upload-options.ts';
import { rejection } from '../../support/error-code.ts';
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts';

const pod = { namespace: 'cassandra', name: 'cassandra-0', container: 'cassandra', uid: 'u', isReady: true };

describe('createPutClaims', () => {
  let bucket: MemoryStore;
  let stored: string[];
  let clock: number;

  beforeEach(() => {
    bucket = openMemoryStore();
    [stored, clock] = [[], 0];
  });

  function claims() {
    const { signal } = new AbortController();
    const onStored = ({ key }: TransferItem) => void stored.push(key);
    return createPutClaims({ store: bucket, pod, signal, onStored }, () => clock);
  }
  function item(name: string, sizeBytes: number, table = 'users'): TransferItem {
    const file = {
      keyspace: 'shop',
      table,
      tableId: '0'.repeat(32),
      dataDirectory: '/data',
      file: name,
      sizeBytes,
      mtime: '1.000000000',
      inode: '1',
    };
    return { file, path: `/data/${name}`, key: `shop/sum/tag/pod/${table}/${name}` };
  }
  async function put(name: string, sizeBytes: number, table?: string) {
    const one = item(name, sizeBytes, table);
    const { etag } = await bucket.put(one.key, Buffer.alloc(sizeBytes));
    return [one, { crc32: 0, stored: { etag } }] as const;
  }

  it('counts nothing before the store was asked, which it is now and then', async () => {
    const { add, confirm, waiting } = claims();

    await add(...(await put('a', 1)));
    expect(stored).to.deep.equal([]);
    clock = 30_000;
    await add(...(await put('b', 2)));
    expect(stored).to.have.length(2);
    await add(...(await put('c', 3)));
    expect([stored.length, waiting.size]).to.deep.equal([2, 1]);

    await confirm();

    expect([stored.length, waiting.size]).to.deep.equal([3, 0]);
    expect(bucket.requests.ListObjectsV2).to.equal(2);
  });

  it('lets wait what is not there, or is not what the pod said', async () => {
    const { add, confirm, waiting } = claims();
    const [right, size, etag, gone] = await Promise.all([
      put('right', 1),
      put('size', 2),
      put('etag', 3),
      put('gone', 4),
    ]);
    await add(...right);
    await add({ ...size[0], file: { ...size[0].file, sizeBytes: 7 } }, size[1]);
    await add(etag[0], { crc32: 0, stored: { etag: '"other"' } });
    await add(...gone);
    bucket.objects.delete(gone[0].key);

    for (let time = 0; time < 2; time++) {
      const error = await rejection(confirm(), 'CAIN_TRANSFER_SHORT');
      expect(error.message).to.contain('3 objects');
    }

    expect(stored).to.deep.equal([right[0].key]);
    expect(waiting.size).to.equal(3);
  });

  it('asks for large tables one by one, and for many small ones together', async () => {
    for (const [tables, files, listings] of [
      [3, 600, 3],
      [30, 20, 1],
    ] as const) {
      const { add, confirm, waiting } = claims();
      for (let table = 0; table < tables; table++)
        for (let file = 0; file < files; file++)
          await add(...(await put(`${file}`, 1, `t${tables}-${table}`)));
      stored = [];
      const before = bucket.requests.ListObjectsV2 ?? 0;

      await confirm();

      expect([stored.length, waiting.size]).to.deep.equal([tables * files, 0]);
      expect(new Set(stored).size).to.equal(stored.length);
      expect((bucket.requests.ListObjectsV2 ?? 0) - before).to.equal(listings);
    }
  });

  it('misses what one of several listings lacks', async () => {
    const { add, confirm, waiting } = claims();
    for (const table of ['a', 'b']) {
      for (let file = 0; file < 500; file++) await add(...(await put(`${file}`, 1, table)));
    }
    bucket.objects.delete('shop/sum/tag/pod/b/7');

    const error = await rejection(confirm(), 'CAIN_TRANSFER_SHORT');

    expect(error.message).to.contain('1 objects that are not there as it said, first shop/sum/tag/pod/b/7');
    expect([stored.length, [...waiting.keys()]]).to.deep.equal([999, ['shop/sum/tag/pod/b/7']]);
  });
});
