import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import type { Store } from '../../../../src/store/store.ts';
import { rejection } from '../../../support/error-code.ts';
import { bytesOf, collect } from './collect.ts';

const oddKeys = [
  'a+b',
  'a b',
  'a%41b',
  '100%',
  'ü/ß/日本/😀',
  "it's",
  'x&y<z>"q"',
  'q?x=1#frag',
  'semi;colon,comma=equals',
  'brackets[0](1){2}',
  'tilde~bang!star*at@dollar$',
  'back\\slash|pipe',
];

export function checkObjects(freshStore: () => Store): void {
  describe('objects', () => {
    it('gives back the bytes that were put, with size, ETag and CRC-32', async () => {
      const store = freshStore();
      const bytes = randomBytes(300_000);

      const stored = await store.put('some/object', bytes);

      const { body, ...head } = await store.get('some/object');
      expect(Buffer.concat(await collect(body)).equals(bytes)).to.equal(true);
      expect(head).to.include({ sizeBytes: bytes.length, etag: stored.etag, crc32: crc32(bytes) });
      expect(head.storageClass).to.equal(undefined);
    });

    it('heads an object with what get says of it', async () => {
      const store = freshStore();
      await store.put('object', Buffer.from('text'));

      const head = await store.head('object');

      const { body, ...got } = await store.get('object');
      body.destroy();
      expect(head).to.deep.equal(got);
    });

    it('stores an empty object', async () => {
      const store = freshStore();

      await store.put('empty', new Uint8Array(0));

      expect((await bytesOf(store, 'empty')).length).to.equal(0);
      expect(await store.head('empty')).to.include({ sizeBytes: 0, crc32: 0 });
    });

    it('puts a view of a larger buffer and nothing beside it', async () => {
      const store = freshStore();
      const view = new TextEncoder().encode('outside INSIDE outside').subarray(8, 14);

      await store.put('view', view);

      expect((await bytesOf(store, 'view')).toString()).to.equal('INSIDE');
    });

    for (const key of oddKeys) {
      it(`keeps the key ${key} as it is`, async () => {
        const store = freshStore();

        await store.put(`dir/${key}`, Buffer.from(key));

        expect((await bytesOf(store, `dir/${key}`)).toString()).to.equal(key);
        expect((await collect(store.list('dir/'))).map((object) => object.key)).to.deep.equal([`dir/${key}`]);
        expect(await store.head(`dir/${key}`)).to.include({ sizeBytes: Buffer.byteLength(key) });
        expect(await store.delete([`dir/${key}`])).to.deep.equal({ deleted: 1, refused: [] });
        expect(await store.head(`dir/${key}`)).to.equal(undefined);
      });
    }

    it('says that an object is missing', async () => {
      const store = freshStore();
      await store.put('there-too', Buffer.from('x'));

      expect(await store.head('there')).to.equal(undefined);
      const error = await rejection(store.get('there'), 'CAIN_STORE_MISSING');
      expect(error.retryable).to.equal(false);
    });

    it('refuses bytes that do not have the CRC-32 that was given', async () => {
      const store = freshStore();
      const bytes = Buffer.from('as they were read');

      const error = await rejection(
        store.put('damaged', bytes, { crc32: crc32('other') }),
        'CAIN_STORE_CHECKSUM',
      );

      expect(error.retryable).to.equal(true);
      expect(await store.head('damaged')).to.equal(undefined);
      await store.put('damaged', bytes, { crc32: crc32(bytes) });
    });

    it('fails the reader of a body that was destroyed', async () => {
      const store = freshStore();
      await store.put('large', randomBytes(2 * 1024 * 1024));
      const { body } = await store.get('large');

      const reading = (async () => {
        let readBytes = 0;
        for await (const chunk of body) {
          readBytes += chunk.length;
          body.destroy();
        }
        return readBytes;
      })();

      const outcome = await reading.catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(Error);
    });

    it('lets a reader leave early', async () => {
      const store = freshStore();
      await store.put('large', randomBytes(2 * 1024 * 1024));

      for (let time = 0; time < 50; time++) {
        const { body } = await store.get('large');
        for await (const _ of body) break;
      }

      expect(await store.head('large')).to.include({ sizeBytes: 2 * 1024 * 1024 });
    });

    it('rejects with the reason of its signal', async () => {
      const store = freshStore();
      await store.put('object', Buffer.from('x'));
      const reason = new Error('the run was stopped');
      const signal = AbortSignal.abort(reason);

      const outcomes = await Promise.allSettled([
        store.put('other', Buffer.from('x'), { signal }),
        store.get('object', { signal }),
        store.head('object', { signal }),
        collect(store.list('', { signal })),
        store.delete(['object'], { signal }),
        store.beginUpload('other', { signal }),
      ]);

      expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)).to.deep.equal(
        outcomes.map(() => reason),
      );
      expect(await store.head('other')).to.equal(undefined);
    });

    it('counts its requests by operation, together with the stores within it', async () => {
      const store = freshStore();
      const before = store.requests.PutObject ?? 0;

      await store.put('a', Buffer.from('x'));
      await store.within('deeper/').put('a', Buffer.from('x'));

      expect(store.requests.PutObject).to.equal(before + 2);
    });

    it('addresses a store within it by a longer prefix', async () => {
      const store = freshStore();
      const inner = store.within('deeper/');

      await inner.put('key', Buffer.from('inner'));

      expect((await bytesOf(store, 'deeper/key')).toString()).to.equal('inner');
      expect((await collect(inner.list(''))).map(({ key }) => key)).to.deep.equal(['key']);
      expect(inner.location).to.equal(`${store.location}deeper/`);
    });

    it('knows the time of its server', async () => {
      const store = freshStore();
      await store.put('object', Buffer.from('x'));

      const now = await store.now();

      const { lastModified } = (await store.head('object')) ?? {};
      expect(Math.abs(now.getTime() - (lastModified?.getTime() ?? 0))).to.be.lessThan(5000);
    });
  });
}
