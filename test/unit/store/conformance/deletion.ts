import { expect } from 'chai';
import type { Store } from '../../../../src/store/store.ts';
import { collect, keysUnder, putAll } from './collect.ts';

export function checkDeletion(freshStore: () => Store): void {
  describe('deletion', () => {
    it('deletes what it is told and nothing else', async () => {
      const store = freshStore();
      await putAll(store, ['pod-1/a', 'pod-1/b', 'pod-10/a']);

      const result = await store.delete(['pod-1/a', 'pod-1/b']);

      expect(result).to.deep.equal({ deleted: 2, refused: [] });
      expect(await keysUnder(store, '')).to.deep.equal(['pod-10/a']);
    });

    it('counts a key that is not there as deleted', async () => {
      const store = freshStore();
      await putAll(store, ['a']);

      expect(await store.delete(['a', 'never-was'])).to.deep.equal({ deleted: 2, refused: [] });
    });

    it('asks nothing of the server for no keys', async () => {
      const store = freshStore();
      const before = { ...store.requests };

      expect(await store.delete([])).to.deep.equal({ deleted: 0, refused: [] });

      expect(store.requests).to.deep.equal(before);
    });

    it('lists 2,500 objects and 1,200 names page by page, and deletes them in three requests', async function () {
      this.timeout(120_000);
      const store = freshStore();
      const keys = Array.from(
        { length: 2500 },
        (_, i) => `d/${String(i % 1200).padStart(4, '0')}/${i}`,
      ).toSorted();
      await putAll(store, keys);
      const before = store.requests.DeleteObjects ?? 0;

      expect(await keysUnder(store, 'd/')).to.deep.equal(keys);
      expect(await collect(store.listNames('d/'))).to.deep.equal([
        ...new Set(keys.map((key) => key.slice(2, 6))),
      ]);
      const result = await store.delete(keys);

      expect(result).to.deep.equal({ deleted: 2500, refused: [] });
      expect(store.requests.DeleteObjects).to.equal(before + 3);
      expect(await keysUnder(store, '')).to.deep.equal([]);
    });
  });
}
