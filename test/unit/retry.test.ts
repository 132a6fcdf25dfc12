import { expect } from 'chai';
import { CainError } from '../../src/errors.ts';
import { retry, retryDelayMs } from '../../src/retry.ts';

const never = new AbortController().signal;
const passing = () => new CainError('CAIN_STORE', 'busy', { retryable: true });

describe('retry', () => {
  it('calls a task again whose error says so, and tells of it', async () => {
    const told: number[] = [];

    const value = await retry(
      async (attempt) => {
        if (attempt === 1) throw passing();
        return attempt;
      },
      { retries: 1, signal: never, onRetry: (_, attempt) => told.push(attempt) },
    );

    expect(value).to.equal(2);
    expect(told).to.deep.equal([1]);
  });

  it('throws what is not passing at once', async () => {
    let calls = 0;

    const error = await retry(
      async () => {
        calls++;
        throw new CainError('CAIN_STORE_EXISTS', 'taken');
      },
      { retries: 5, signal: never },
    ).catch((caught: unknown) => caught);

    expect(error).to.have.property('code', 'CAIN_STORE_EXISTS');
    expect(calls).to.equal(1);
  });

  it('gives up with the last error after so many retries', async () => {
    let calls = 0;

    const error = await retry(
      async () => {
        calls++;
        throw passing();
      },
      { retries: 0, signal: never },
    ).catch((caught: unknown) => caught);

    expect(error).to.have.property('code', 'CAIN_STORE');
    expect(calls).to.equal(1);
  });

  it('ends its wait with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');

    const error = await retry(
      async () => {
        throw passing();
      },
      { retries: 9, signal: controller.signal, onRetry: () => setImmediate(() => controller.abort(reason)) },
    ).catch((caught: unknown) => caught);

    expect(error).to.equal(reason);
  });
});

describe('retryDelayMs', () => {
  it('doubles up to half a minute, give or take a quarter', () => {
    const middle = [1, 2, 3, 6, 7, 8, 100].map((attempt) => retryDelayMs(attempt, () => 0.5));

    expect(middle).to.deep.equal([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
    expect(retryDelayMs(1, () => 0)).to.equal(375);
    expect(retryDelayMs(1, () => 1)).to.equal(625);
  });
});
