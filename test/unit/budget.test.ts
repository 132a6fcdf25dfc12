import { expect } from 'chai';
import { createBudget } from '../../src/budget.ts';

const { signal } = new AbortController();

/** Lets everything run that is not waiting for something. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('createBudget', () => {
  it('gives while there is enough, and the rest when something comes back', async () => {
    const budget = createBudget(10);
    const giveBack = await budget.take(6, signal);
    const started: string[] = [];
    const waiting = budget.take(5, signal).then(() => started.push('waiter'));
    await settle();
    expect(started).to.deep.equal([]);

    giveBack();
    await waiting;

    expect(started).to.deep.equal(['waiter']);
  });

  it('serves in order: a small one does not overtake a large one that waits', async () => {
    const budget = createBudget(10);
    const giveBack = await budget.take(6, signal);
    const started: string[] = [];
    const large = budget.take(9, signal).then((done) => {
      started.push('large');
      done();
    });
    const small = budget.take(1, signal).then(() => started.push('small'));
    await settle();
    expect(started).to.deep.equal([]);

    giveBack();
    await Promise.all([large, small]);

    expect(started).to.deep.equal(['large', 'small']);
  });

  it('gives all there is to who asks for more, alone', async () => {
    const budget = createBudget(10);
    const giveBack = await budget.take(1_000, signal);
    let isStarted = false;
    const other = budget.take(1, signal).then(() => {
      isStarted = true;
    });
    await settle();
    expect(isStarted).to.equal(false);

    giveBack();

    await other;
  });

  it('takes nothing back twice', async () => {
    const budget = createBudget(1);
    const giveBack = await budget.take(1, signal);
    giveBack();
    giveBack();
    await budget.take(1, signal);
    let isStarted = false;

    void budget.take(1, signal).then(() => {
      isStarted = true;
    });
    await settle();

    expect(isStarted).to.equal(false);
  });

  it('lets go of who no longer waits, and serves those behind him', async () => {
    const budget = createBudget(10);
    await budget.take(6, signal);
    const controller = new AbortController();
    const reason = new Error('stop');
    const leaving = budget.take(9, controller.signal).catch((error: unknown) => error);
    const behind = budget.take(4, signal);

    controller.abort(reason);

    expect(await leaving).to.equal(reason);
    await behind;
  });
});
