import { expect } from 'chai';
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
});
