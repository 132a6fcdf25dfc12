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

  // The SDK calls every error passing whose answer made it correct its clock (4 minutes), a refusal too.
  it('repeats no refusal because it told that the clocks differ, but what the clocks were refused for', async () => {
    const strategy = createRetryStrategy(3);
    const initial = await strategy.acquireInitialRetryToken('');
    const repeat = async (httpStatusCode: number): Promise<boolean> => {
      const answered = Object.assign(new Error('answered'), {
        name: 'Answer',
        $metadata: { clockSkewCorrected: true, httpStatusCode },
      }) as NonNullable<RetryInfo['error']>;
      return await strategy
        .refreshRetryTokenForRetry(initial, { errorType: 'TRANSIENT', error: answered })
        .then(
          () => true,
          () => false,
        );
    };

    expect(await Promise.all([404, 409, 412].map(repeat))).to.deep.equal([false, false, false]);
    expect(await Promise.all([400, 403, 500, 503].map(repeat))).to.deep.equal([true, true, true, true]);
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
