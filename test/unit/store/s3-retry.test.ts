import { expect } from 'chai';
import { createRetryStrategy } from '../../../src/store/s3-retry.ts';

type RetryInfo = Parameters<ReturnType<typeof createRetryStrategy>['refreshRetryTokenForRetry']>[1];
const error = Object.assign(new Error('slow down'), { name: 'SlowDown', $metadata: {} }) as NonNullable<
  RetryInfo['error']
>;

async function delaysOf(
  retries: number,
  errorType: 'TRANSIENT' | 'THROTTLING' | 'CLIENT_ERROR',
  retryAfterHint?: Date,
) {
  const strategy = createRetryStrategy(retries);
  const delays: number[] = [];
  let token = await strategy.acquireInitialRetryToken('');
  try {
    for (;;) {
      token = await strategy.refreshRetryTokenForRetry(token, {
        errorType,
        error,
        ...(retryAfterHint && { retryAfterHint }),
      });
      delays.push(token.getRetryDelay());
    }
  } catch (refused) {
    expect(refused).to.equal(error);
  }
  expect(token.getRetryCount()).to.equal(delays.length);
  return delays;
}

describe('createRetryStrategy', () => {
  it('waits ever longer, half a second at first, as often as allowed', async () => {
    for (const errorType of ['TRANSIENT', 'THROTTLING'] as const) {
      const delays = await delaysOf(3, errorType);

      expect(delays).to.have.length(3);
      for (const [retry, delay] of delays.entries()) {
        expect(delay).to.be.within(500 * 2 ** retry * 0.75, 500 * 2 ** retry * 1.25);
      }
    }
    expect(await delaysOf(0, 'TRANSIENT')).to.deep.equal([]);
  });

  it('repeats nothing that will fail again', async () => {
    expect(await delaysOf(3, 'CLIENT_ERROR')).to.deep.equal([]);
  });

  it('waits as long as the server asks, up to a minute', async () => {
    const [tenSeconds] = await delaysOf(1, 'THROTTLING', new Date(Date.now() + 10_000));
    const [anHour] = await delaysOf(1, 'THROTTLING', new Date(Date.now() + 3_600_000));

    expect(tenSeconds).to.be.within(9000, 10_000);
    expect(anHour).to.equal(60_000);
  });

  it('is not worn out by the failures of many requests', async () => {
    const strategy = createRetryStrategy(1);
    const initial = await strategy.acquireInitialRetryToken('');

    for (let request = 0; request < 1000; request++) {
      await strategy.refreshRetryTokenForRetry(initial, { errorType: 'TRANSIENT' });
    }
  });
});
