import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { findManifest } from '../../../src/store/find-manifest.ts';
import { manifestKey } from '../../../src/store/layout.ts';
import { tombstoneBytes } from '../../../src/store/manifest.ts';
import { rejection } from '../../support/error-code.ts';
import { withFaults } from '../../support/faulty-store.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

const { signal } = new AbortController();
const golden = readFileSync(new URL('../../fixtures/manifest-1.json', import.meta.url));
const { tag } = JSON.parse(golden.toString()) as { tag: string };

describe('findManifest', () => {
  it('takes one request for what is there, and says since when', async () => {
    const store = openMemoryStore();
    await store.put(manifestKey(tag), golden);

    const found = await findManifest(withFaults(store, []), tag, signal);

    expect(found?.record).to.include({ tag });
    expect(found?.since).to.be.a('date');
    expect(store.requests).to.not.have.property('head');
  });

  it('finds a tombstone, and nothing where nothing is', async () => {
    const store = openMemoryStore();
    await store.put(manifestKey(tag), tombstoneBytes);

    expect((await findManifest(store, tag, signal))?.record).to.deep.equal({ abandoned: true });
    expect(await findManifest(store, '20200101000000', signal)).to.equal(undefined);
  });

  it('reads again what seemed to be missing and is there', async () => {
    const bucket = openMemoryStore();
    await bucket.put(manifestKey(tag), golden);
    const error = new CainError('CAIN_STORE_MISSING', 'NoSuchKey');
    const store = withFaults(bucket, [{ method: 'get', error }]);

    expect((await findManifest(store, tag, signal))?.record).to.include({ tag });
    store.assertAllHit();
  });

  it('takes nothing that is unclear for missing', async () => {
    const busy = new CainError('CAIN_STORE', 'busy', { retryable: true });
    const store = withFaults(openMemoryStore(), [{ method: 'head', error: busy }]);

    expect(await findManifest(store, tag, signal).catch((error: unknown) => error)).to.equal(busy);
    store.assertAllHit();
  });

  it("refuses another tag's manifest", async () => {
    const store = openMemoryStore();
    await store.put(manifestKey('20200101000000'), golden);

    await rejection(findManifest(store, '20200101000000', signal), 'CAIN_FORMAT');
  });
});
