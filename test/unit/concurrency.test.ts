import { expect } from 'chai';
import { forEachLimited } from '../../src/concurrency.ts';

describe('forEachLimited', () => {
  it('does every item, never more at once than the limit', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];

    await forEachLimited([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      done.push(item);
      running--;
    });

    expect(done.toSorted()).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
    expect(most).to.equal(3);
  });

  it('throws the first failure once those under way have ended, and starts no other', async () => {
    const started: number[] = [];
    const ended: number[] = [];

    const error = await forEachLimited([1, 2, 3, 4], 2, async (item) => {
      started.push(item);
      if (item === 1) throw new Error('first');
      await new Promise((resolve) => setTimeout(resolve, 10));
      ended.push(item);
      throw new Error('second');
    }).catch((caught: unknown) => caught);

    expect(error).to.have.property('message', 'first');
    expect([started, ended]).to.deep.equal([[1, 2], [2]]);
  });

  it('ends at once without items', async () => {
    await forEachLimited([], 4, () => Promise.reject(new Error('never called')));
  });
});
