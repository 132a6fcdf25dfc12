import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { retryDelayMs } from '../retry.ts';

type RetryStrategy = Extract<S3ClientConfig['retryStrategy'], { acquireInitialRetryToken: unknown }>;

/**
 * Which failures are tried again is the SDK's judgement; when and how often is ours. Its own strategy waits less
 * than a second in all, and shares 35 retries among all requests: a server that restarts under 64 uploads would
 * fail most of them at once.
 */
export function createRetryStrategy(retries: number, log?: Logger): RetryStrategy {
  const token = (retry: number, delayMs: number) => ({
    getRetryCount: () => retry,
    getRetryDelay: () => delayMs,
  });
  return {
    acquireInitialRetryToken: async () => token(0, 0),
    refreshRetryTokenForRetry: async (last, { errorType, error, retryAfterHint }) => {
      const retry = last.getRetryCount() + 1;
      const isPassing = errorType === 'TRANSIENT' || errorType === 'THROTTLING';
      if (!isPassing || retry > retries) throw error;
      const delayMs = Math.max(retryDelayMs(retry), hintedDelayMs(retryAfterHint));
      log?.debug('Repeating an S3 request', { retry, delayMs: Math.round(delayMs), error: messageOf(error) });
      return token(retry, delayMs);
    },
    recordSuccess: () => {},
  };
}

/** A server may ask for more patience than we have. */
const longestHintMs = 60_000;

function hintedDelayMs(until: Date | undefined): number {
  return until ? Math.min(longestHintMs, until.getTime() - Date.now()) : 0;
}
