import { expect } from 'chai';
import { openMemoryStore } from '../../support/memory-store.ts';
import { describeStore } from './store-conformance.ts';

describeStore('The store in memory', async () => ({ store: openMemoryStore(), close: () => {} }));

describe('The store in memory', () => {
  it('takes its time from the clock that it is given', async () => {
    const time = new Date('2026-11-22T01:02:03Z');
    const store = openMemoryStore({ now: () => time });

    await store.put('object', Buffer.from('x'));

    expect((await store.head('object'))?.lastModified).to.equal(time);
    expect(await store.now()).to.equal(time);
  });

  it('refuses to delete what it was told to keep', async () => {
    const store = openMemoryStore({
      refusesDeletion: (key) => (key.endsWith('locked') ? 'Object Lock' : undefined),
    });
    await store.put('locked', Buffer.from('x'));

    const result = await store.delete(['locked', 'other']);

    expect(result).to.deep.equal({ deleted: 1, refused: [{ key: 'locked', reason: 'Object Lock' }] });
    expect(await store.head('locked')).to.include({ sizeBytes: 1 });
  });
});
