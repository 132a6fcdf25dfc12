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
      if (!isPassing || isFinalRefusal(error) || retry > retries) throw error;
      const delayMs = Math.max(retryDelayMs(retry), hintedDelayMs(retryAfterHint));
      log?.debug('Repeating an S3 request', { retry, delayMs: Math.round(delayMs), error: messageOf(error) });
      return token(retry, delayMs);
    },
    recordSuccess: () => {},
  };
}

/** Not the clock was refused: the same again gets the same answer, and looks as if its first sending had been lost. */
const finalStatuses: ReadonlySet<number | undefined> = new Set([404, 405, 409, 410, 411, 412, 416]);

/** The SDK calls each error passing whose answer showed it that clocks differ by four minutes, whatever it says. */
function isFinalRefusal(error: unknown): boolean {
  const { $metadata } = (error ?? {}) as {
    $metadata?: { readonly clockSkewCorrected?: boolean; readonly httpStatusCode?: number };
  };
  return $metadata?.clockSkewCorrected === true && finalStatuses.has($metadata.httpStatusCode);
}

/** A server may ask for more patience than we have. */
const longestHintMs = 60_000;

function hintedDelayMs(until: Date | undefined): number {
  return until ? Math.min(longestHintMs, until.getTime() - Date.now()) : 0;
}
