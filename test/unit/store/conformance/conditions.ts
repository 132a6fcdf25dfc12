import { expect } from 'chai';
import type { Store } from '../../../../src/store/store.ts';
import { rejection } from '../../../support/error-code.ts';
import { bytesOf } from './collect.ts';

export function checkConditions(freshStore: () => Store): void {
  describe('conditions', () => {
    it('puts a new object once', async () => {
      const store = freshStore();
      await store.put('manifest', Buffer.from('first'), { ifNoneMatch: '*' });

      const error = await rejection(
        store.put('manifest', Buffer.from('second'), { ifNoneMatch: '*' }),
        'CAIN_STORE_EXISTS',
      );

      expect(error.retryable).to.equal(false);
      expect((await bytesOf(store, 'manifest')).toString()).to.equal('first');
    });

    it('refuses a new object even where the same bytes lie already', async () => {
      const store = freshStore();
      await store.put('manifest', Buffer.from('same'), { ifNoneMatch: '*' });

      await rejection(store.put('manifest', Buffer.from('same'), { ifNoneMatch: '*' }), 'CAIN_STORE_EXISTS');
    });

    it('lets one of 20 racing puts win', async () => {
      const store = freshStore();
      const bodies = Array.from({ length: 20 }, (_, racer) => `racer ${racer}`);

      const outcomes = await Promise.allSettled(
        bodies.map((body) => store.put('race', Buffer.from(body), { ifNoneMatch: '*' })),
      );

      const winners = bodies.filter((_, racer) => outcomes[racer]?.status === 'fulfilled');
      expect(winners).to.have.length(1);
      expect((await bytesOf(store, 'race')).toString()).to.equal(winners[0]);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected')
          await rejection(Promise.reject(outcome.reason), 'CAIN_STORE_EXISTS');
      }
    });

    it('replaces an object whose ETag is still the one that was read', async () => {
      const store = freshStore();
      const { etag } = await store.put('owner', Buffer.from('first'));

      const replaced = await store.put('owner', Buffer.from('second'), { ifMatch: etag });

      expect((await bytesOf(store, 'owner')).toString()).to.equal('second');
      expect(replaced.etag).not.to.equal(etag);
    });

    it('leaves an object that changed meanwhile', async () => {
      const store = freshStore();
      const { etag } = await store.put('owner', Buffer.from('first'));
      await store.put('owner', Buffer.from('second'));

      await rejection(store.put('owner', Buffer.from('third'), { ifMatch: etag }), 'CAIN_STORE_CHANGED');

      expect((await bytesOf(store, 'owner')).toString()).to.equal('second');
    });

    it('puts nothing where the object that it should replace is gone', async () => {
      const store = freshStore();
      const { etag } = await store.put('owner', Buffer.from('first'));
      await store.delete(['owner']);

      await rejection(store.put('owner', Buffer.from('second'), { ifMatch: etag }), 'CAIN_STORE_CHANGED');

      expect(await store.head('owner')).to.equal(undefined);
    });
  });
}
