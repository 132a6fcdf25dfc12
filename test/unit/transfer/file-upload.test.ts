import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import type { SnapshotFile } from '../../../src/store/inventory.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  type FileUpload,
  type FileUploadOptions,
  startFileUpload,
} from '../../../src/transfer/file-upload.ts';
import { createPartPool, type PartPool } from '../../../src/transfer/part-pool.ts';
import { rejection } from '../../support/error-code.ts';
import { withFaults } from '../../support/faulty-store.ts';
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts';

const { signal } = new AbortController();
const partBytes = 1000;
const passing = new CainError('CAIN_STORE', 'Injected: busy', { retryable: true });

describe('startFileUpload', () => {
  let bucket: MemoryStore;
  let pool: PartPool;

  beforeEach(() => {
    bucket = openMemoryStore();
    pool = createPartPool(3 * partBytes, partBytes);
  });
  afterEach(async () => {
    expect(pool.usedBytes, 'buffers that were never given back').to.equal(0);
    expect(await pending(), 'unfinished uploads').to.deep.equal([]);
  });

  async function pending(): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const { key } of bucket.listUploads('')) keys.push(key);
    return keys;
  }
  function upload(
    bytes: Buffer,
    changes: Partial<SnapshotFile> = {},
    options: Partial<FileUploadOptions> = {},
  ) {
    const file: SnapshotFile = {
      keyspace: 'shop',
      table: 'users',
      tableId: '0'.repeat(32),
      dataDirectory: '/data',
      file: 'nb-1-big-Data.db',
      sizeBytes: bytes.length,
      mtime: '1.000000000',
      inode: '1',
      digest: crc32(bytes),
      ...changes,
    };
    const base = { store: bucket as Store, pool, key: 'k', file, pod: 'pod-0', partBytes, signal };
    return startFileUpload({ ...base, readSignal: signal, ...options });
  }
  async function write(target: FileUpload, bytes: Buffer, sliceBytes = 333): Promise<void> {
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      // The reader uses its chunk again as soon as it was taken.
      const slice = Buffer.from(bytes.subarray(at, at + sliceBytes));
      await target.write(slice);
      slice.fill(0);
    }
  }

  for (const [size, how] of [
    [0, 'PutObject'],
    [1, 'PutObject'],
    [partBytes, 'PutObject'],
    [partBytes + 1, 'CompleteMultipartUpload'],
    [7 * partBytes, 'CompleteMultipartUpload'],
    [7 * partBytes + 500, 'CompleteMultipartUpload'],
  ] as const) {
    it(`stores ${size} bytes whole by ${how}`, async () => {
      const bytes = Buffer.from(Array.from({ length: size }, (_, index) => index % 251));
      const target = upload(bytes);

      await write(target, bytes);
      const uploaded = await target.finish();

      expect(bucket.objects.get('k')?.bytes.equals(bytes)).to.equal(true);
      expect(uploaded).to.deep.equal({
        crc32: crc32(bytes),
        stored: { etag: bucket.objects.get('k')?.etag },
      });
      expect(bucket.requests[how]).to.equal(1);
    });
  }

  for (const size of [10, 5 * partBytes]) {
    it(`never makes an object of a file of ${size} bytes that came short or long`, async () => {
      const bytes = Buffer.alloc(size, 'x');
      const short = upload(bytes);
      await write(short, bytes.subarray(1));
      await rejection(short.finish(), 'CAIN_TRANSFER_SHORT');
      await short.abort();

      const long = upload(bytes);
      await rejection(write(long, Buffer.alloc(size + 1, 'x')), 'CAIN_TRANSFER_SHORT');
      await long.abort();

      expect([...bucket.objects.keys()]).to.deep.equal([]);
    });

    it(`names node, keyspace, table and file of ${size} bytes that differ from their digest`, async () => {
      const bytes = Buffer.alloc(size, 'x');
      const target = upload(bytes, { digest: crc32(bytes) ^ 1 });
      await write(target, bytes);

      const error = await rejection(target.finish(), 'CAIN_DIGEST_MISMATCH');
      await target.abort();

      expect(error.fields).to.deep.equal({
        pod: 'pod-0',
        keyspace: 'shop',
        table: 'users',
        file: 'nb-1-big-Data.db',
      });
      expect([...bucket.objects.keys()]).to.deep.equal([]);
    });
  }

  it('checks no digest of a file that has none', async () => {
    const bytes = Buffer.alloc(5, 'x');
    const target = upload(bytes, { file: 'nb-1-big-Index.db', digest: undefined as never });

    await write(target, bytes);

    expect((await target.finish()).crc32).to.equal(crc32(bytes));
  });

  it('fails with the first part that fails, and takes no more bytes then', async () => {
    const store = withFaults(bucket, [{ method: 'uploadPart', error: passing }]);
    const bytes = Buffer.alloc(5 * partBytes, 'x');
    const target = upload(bytes, {}, { store });

    await target.write(bytes.subarray(0, partBytes));
    await new Promise(setImmediate);
    const error = await target.write(bytes.subarray(partBytes)).catch((caught: unknown) => caught);
    await target.abort();

    expect(error).to.equal(passing);
    store.assertAllHit();
  });

  it('fails with what beginning the upload failed with', async () => {
    const store = withFaults(bucket, [{ method: 'beginUpload', error: passing }]);
    const bytes = Buffer.alloc(2 * partBytes, 'x');
    const target = upload(bytes, {}, { store });

    await write(target, bytes, partBytes).catch(() => {});
    const error = await target.finish().catch((caught: unknown) => caught);
    await target.abort();

    expect(error).to.equal(passing);
    store.assertAllHit();
  });

  it('may be aborted more than once, after a failure too, and leaves nothing', async () => {
    const store = withFaults(bucket, [{ method: 'complete', error: passing }]);
    const bytes = Buffer.alloc(2 * partBytes, 'x');
    const target = upload(bytes, {}, { store });
    await write(target, bytes);

    await rejection(target.finish(), 'CAIN_STORE');
    await target.abort();
    await target.abort();

    expect([...bucket.objects.keys()]).to.deep.equal([]);
    store.assertAllHit();
  });

  it('is aborted in the middle: parts in flight end first, and their buffers come back', async () => {
    const controller = new AbortController();
    const store = withFaults(bucket, [{ method: 'uploadPart', error: 'stall', times: 2 }]);
    const bytes = Buffer.alloc(5 * partBytes, 'x');
    const target = upload(bytes, {}, { store, signal: controller.signal, readSignal: controller.signal });
    await target.write(bytes.subarray(0, 2 * partBytes + 10));

    controller.abort(new Error('stop'));
    await target.abort();

    store.assertAllHit();
  });

  it('waits while the pool is empty, and gives up the wait with the stream', async () => {
    const reading = new AbortController();
    const others = await Promise.all([1, 2, 3].map(() => pool.acquire(partBytes, signal)));
    const bytes = Buffer.alloc(2 * partBytes, 'x');
    const target = upload(bytes, {}, { readSignal: reading.signal });
    const writing = target.write(bytes).catch((error: unknown) => error);

    const reason = new Error('the stream was cut');
    reading.abort(reason);

    expect(await writing).to.equal(reason);
    await target.abort();
    for (const buffer of others) pool.release(buffer);
  });

  it('keeps no buffer that was granted while it was being aborted, and begins no upload any more', async () => {
    const others = await Promise.all([1, 2, 3].map(() => pool.acquire(partBytes, signal)));
    const bytes = Buffer.alloc(2 * partBytes, 'x');
    const target = upload(bytes);
    const writing = target.write(bytes).catch((error: unknown) => error);

    const aborting = target.abort();
    for (const buffer of others) pool.release(buffer);
    await Promise.all([aborting, writing]);

    expect(await writing).to.be.instanceOf(Error);
    expect(bucket.requests.CreateMultipartUpload).to.equal(undefined);
  });
});
