import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import { createPartPool } from '../../../src/transfer/part-pool.ts';

const never = new AbortController().signal;

describe('createPartPool', () => {
  it('makes the next one wait until the limit has room', async () => {
    const pool = createPartPool(20, 10);
    const first = await pool.acquire(10, never);
    await pool.acquire(10, never);
    let isGranted = false;
    const third = pool.acquire(10, never).then((buffer) => {
      isGranted = true;
      return buffer;
    });
    await Promise.resolve();
    expect(isGranted).to.equal(false);

    pool.release(first);

    expect(await third).to.equal(first, 'a part buffer is recycled');
    expect(pool.peakBytes).to.equal(20);
  });

  it('serves in order, so that a large part is not starved by small ones', async () => {
    const pool = createPartPool(20, 10);
    const held = await pool.acquire(20, never);
    const order: string[] = [];
    const large = pool.acquire(20, never).then((buffer) => {
      order.push('large');
      pool.release(buffer);
    });
    const small = pool.acquire(1, never).then(() => order.push('small'));

    pool.release(held);
    await Promise.all([large, small]);

    expect(order).to.deep.equal(['large', 'small']);
  });

  it('lends a part over the limit when nothing else is lent', async () => {
    const pool = createPartPool(20, 10);

    const huge = await pool.acquire(50, never);

    expect(huge.length).to.equal(50);
  });

  it('lets a waiter go when its signal fires, and serves the next', async () => {
    const pool = createPartPool(10, 10);
    const held = await pool.acquire(10, never);
    const controller = new AbortController();
    const waiting = pool.acquire(10, controller.signal);
    const next = pool.acquire(5, never);

    controller.abort(new Error('stop'));
    const error = await waiting.catch((caught: unknown) => caught);
    pool.release(held);

    expect(error).to.be.instanceOf(Error).with.property('message', 'stop');
    expect((await next).length).to.equal(5);
    expect(pool.usedBytes).to.equal(5);
  });

  it('holds no more memory than its limit: kept buffers make room for others', async () => {
    const pool = createPartPool(40, 10);
    const parts = await Promise.all([1, 2, 3, 4].map(() => pool.acquire(10, never)));
    for (const part of parts) pool.release(part);
    expect(pool.heldBytes).to.equal(40);

    const odd = await Promise.all([pool.acquire(15, never), pool.acquire(15, never)]);

    expect(pool.usedBytes).to.equal(30);
    expect(pool.heldBytes).to.be.at.most(40);
    for (const buffer of odd) pool.release(buffer);
    expect(pool.heldBytes).to.be.at.most(40);
  });

  it('grants nothing to a signal that has fired already', async () => {
    const pool = createPartPool(10, 10);
    const reason = new Error('stop');

    const error = await pool.acquire(5, AbortSignal.abort(reason)).catch((caught: unknown) => caught);

    expect(error).to.equal(reason);
    expect(pool.usedBytes).to.equal(0);
  });

  it('leaves no listener on a signal that lives on', async () => {
    const { signal } = new AbortController();
    const pool = createPartPool(10, 10);

    for (let round = 0; round < 20; round++) {
      const held = await pool.acquire(10, signal);
      const waiting = pool.acquire(10, signal);
      pool.release(held);
      pool.release(await waiting);
    }

    expect(getEventListeners(signal, 'abort')).to.have.length(0);
  });

  it('never lends more than its limit, loses no buffer and serves all, whatever comes', async () => {
    const step = fc.record({
      size: fc.constantFrom(1, 3, 10, 10, 10, 25),
      isAborted: fc.boolean(),
      turns: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const pool = createPartPool(40, 10);
        const tasks = steps.map(async ({ size, isAborted, turns }) => {
          const controller = new AbortController();
          const waiting = pool.acquire(size, controller.signal);
          if (isAborted) controller.abort(new Error('stop'));
          const buffer = await waiting.catch(() => undefined);
          if (!buffer) return;
          for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
          expect(pool.usedBytes).to.be.at.most(40);
          expect(pool.heldBytes).to.be.at.most(40);
          pool.release(buffer);
        });

        await Promise.all(tasks);

        expect(pool.usedBytes).to.equal(0);
      }),
      { numRuns: 50 },
    );
  });
});
