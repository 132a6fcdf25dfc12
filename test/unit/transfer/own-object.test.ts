import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import type { Store } from '../../../src/store/store.ts';
import { type FileUpload, startFileUpload } from '../../../src/transfer/file-upload.ts';
import { createPartPool } from '../../../src/transfer/part-pool.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

const { signal } = new AbortController();
const partBytes = 5 * 1024 * 1024;

function upload(store: Store, bytes: Buffer): FileUpload {
  const file = {
    keyspace: 'shop',
    table: 'users',
    tableId: '0'.repeat(32),
    dataDirectory: '/data',
    file: 'nb-1-big-Index.db',
    sizeBytes: bytes.length,
    mtime: '1.000000000',
    inode: '1',
  };
  const pool = createPartPool(4 * partBytes, partBytes);
  return startFileUpload({
    store,
    pool,
    key: 'a/b',
    file,
    pod: 'pod-0',
    partBytes,
    signal,
    readSignal: signal,
  });
}

async function send(store: Store, bytes: Buffer): Promise<unknown> {
  const sending = upload(store, bytes);
  await sending.write(bytes);
  return await sending.finish().catch((error: unknown) => error);
}

for (const [kind, size] of [
  ['one put', 1_000],
  ['a multipart upload', partBytes + 1],
] as const) {
  describe(`a file sent again as ${kind}`, () => {
    it('takes the object of its first try, and leaves nothing pending', async () => {
      const store = openMemoryStore();
      const bytes = Buffer.alloc(size, 'x');
      await store.put('a/b', bytes);

      const result = await send(store, bytes);

      expect(result).to.have.property('crc32', crc32(bytes));
      const pending = [];
      for await (const item of store.listUploads('')) pending.push(item);
      expect(pending).to.deep.equal([]);
    });

    it('never takes an object of other bytes of the same size', async () => {
      const store = openMemoryStore();
      await store.put('a/b', Buffer.alloc(size, 'y'));

      const result = await send(store, Buffer.alloc(size, 'x'));

      expect(result).to.be.instanceOf(CainError).with.property('code', 'CAIN_STORE_EXISTS');
    });
  });
}
