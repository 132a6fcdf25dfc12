import { expect } from 'chai';
import type { Store } from '../../../../src/store/store.ts';
import { rejection } from '../../../support/error-code.ts';
import { collect, keysUnder, putAll } from './collect.ts';

export function checkListing(freshStore: () => Store): void {
  describe('listings', () => {
    it('gives key, size, ETag and time of each object', async () => {
      const store = freshStore();
      const { etag } = await store.put('dir/object', Buffer.from('12345'));

      const [object] = await collect(store.list('dir/'));

      const head = await store.head('dir/object');
      expect(object).to.include({ key: 'dir/object', sizeBytes: 5, etag });
      expect(
        Math.abs((object?.lastModified.getTime() ?? 0) - (head?.lastModified.getTime() ?? 0)),
      ).to.be.lessThan(1000);
    });

    it('keeps prefixes apart that begin alike', async () => {
      const store = freshStore();
      await putAll(store, ['pod-1/a', 'pod-1/b', 'pod-10/a', 'pod-1.x/a', 'pod']);

      expect(await keysUnder(store, 'pod-1/')).to.deep.equal(['pod-1/a', 'pod-1/b']);
      expect(await keysUnder(store, 'pod-10/')).to.deep.equal(['pod-10/a']);
      expect(await collect(store.listNames(''))).to.have.members(['pod-1', 'pod-1.x', 'pod-10']);
    });

    it('refuses a prefix that is not whole', async () => {
      const store = freshStore();

      for (const list of [store.list, store.listNames, store.listUploads]) {
        await rejection(collect(list('pod-1') as AsyncIterable<unknown>), 'CAIN_STORE');
      }
      expect(() => store.within('pod-1')).to.throw('must be empty or end with "/"');
    });

    it('gives keys in the order of their bytes', async () => {
      const store = freshStore();
      const keys = ['A', 'Z', '_', 'a', 'a-b', 'a.b', 'z', 'ä', '日', '\uffef', '😀'];
      await putAll(
        store,
        keys.toReversed().map((name) => `dir/${name}`),
      );

      const listed = await keysUnder(store, '');

      expect(listed).to.deep.equal(keys.map((name) => `dir/${name}`));
    });

    it('names what lies right below a prefix', async () => {
      const store = freshStore();
      await putAll(store, ['a/one/x', 'a/one/y/z', 'a/two+plus three/x', 'a/plain', 'b/other/x']);

      expect(await collect(store.listNames('a/'))).to.deep.equal(['one', 'two+plus three']);
      expect(await collect(store.listNames(''))).to.deep.equal(['a', 'b']);
      expect(await collect(store.listNames('c/'))).to.deep.equal([]);
    });

    it('lists nothing where nothing is', async () => {
      expect(await keysUnder(freshStore(), 'nowhere/')).to.deep.equal([]);
    });
  });
}
