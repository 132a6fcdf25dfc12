import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { readObject } from '../../../src/store/read-object.ts';
import { rejection } from '../../support/error-code.ts';
import { withFaults } from '../../support/faulty-store.ts';
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts';

const { signal } = new AbortController();

describe('readObject', () => {
  let bucket: MemoryStore;
  const bytes = Buffer.alloc(200_000, 'abc');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  beforeEach(async () => {
    bucket = openMemoryStore();
    await bucket.put('k', bytes);
  });

  it('gives all of it', async () => {
    expect(Buffer.from(await readObject(bucket, 'k', signal)).equals(bytes)).to.equal(true);
    expect(Buffer.from(await readObject(bucket, 'k', signal, sha256)).equals(bytes)).to.equal(true);
  });

  it('never gives a part of it', async () => {
    const store = withFaults(bucket, [{ method: 'get', error: 'truncate' }]);

    await rejection(readObject(store, 'k', signal), 'CAIN_STORE');

    store.assertAllHit();
  });

  it('refuses other bytes than those that were named', async () => {
    await bucket.put('k', Buffer.from('other'));

    const error = await rejection(readObject(bucket, 'k', signal, sha256), 'CAIN_FORMAT');

    expect(error.message).to.contain('k');
  });

  it('reads again what came with other bytes than the store holds: the way may be to blame', async () => {
    const error = new CainError('CAIN_STORE_CHECKSUM', 'other bytes', { retryable: true });
    const once = withFaults(bucket, [{ method: 'get', error }]);
    const always = withFaults(bucket, [{ method: 'get', error, times: 2 }]);

    expect(Buffer.from(await readObject(once, 'k', signal)).equals(bytes)).to.equal(true);
    await rejection(readObject(always, 'k', signal), 'CAIN_STORE_CHECKSUM');

    once.assertAllHit();
    always.assertAllHit();
  });

  it('says that it is missing', async () => {
    await rejection(readObject(bucket, 'none', signal), 'CAIN_STORE_MISSING');
  });

  it('does not fill the memory with what is no record of ours', async () => {
    const store = {
      ...bucket,
      get: async (key: string) => ({ ...(await bucket.get(key)), sizeBytes: 2 ** 40 }),
    };

    await rejection(readObject(store, 'k', signal), 'CAIN_FORMAT');
  });
});
