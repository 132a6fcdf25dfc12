import { setTimeout as sleep } from 'node:timers/promises';
import { CainError, isRetryable } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { oldestRunMs } from '../../retention/oldest-run.ts';
import { manifestKey } from '../../store/layout.ts';
import { isTombstone, type Manifest, manifestBytes, parseManifest } from '../../store/manifest.ts';
import { readObject } from '../../store/read-object.ts';
import type { Store } from '../../store/store.ts';
import { withTimeLimit } from '../../time-limit.ts';
import { tooOldError } from './limit-age.ts';

/** Of the PUT, which costs nothing to send again: the same bytes, only if new. */
const mostPuts = 3;
const readBackAttempts = 5;
const usualPauseMs = 2_000;
const requestLimitMs = 60_000;

export interface CommitOptions {
  readonly startedAt: Date;
  readonly now: Date;
  readonly pruneGraceMs: number;
  readonly log: Logger;
  /** Between attempts; default two seconds. */
  readonly pauseMs?: number;
}

/**
 * Step 9: the manifest, last and only if new. Once its PUT was sent no failure may delete an object, so whatever is
 * unclear is read back: our bytes there mean committed. It is not interrupted half-way: a signal that comes now
 * waits for the answer.
 */
export async function commitManifest(
  store: Store,
  manifest: Manifest,
  options: CommitOptions,
): Promise<void> {
  checkAge(options);
  const { log, pauseMs = usualPauseMs } = options;
  const key = manifestKey(manifest.tag);
  const bytes = manifestBytes(manifest);
  for (let attempt = 1; ; attempt++) {
    try {
      await inTime('Committing the manifest', (signal) =>
        store.put(key, bytes, { ifNoneMatch: '*', signal }),
      );
      return;
    } catch (error) {
      log.warn('The answer to the commit is not clear; the manifest is read back', { error });
      const found = await readBack(store, key, error, pauseMs);
      if (found) return checkIsOurs(found, bytes, key, error);
      if (attempt === mostPuts || !isRetryable(error)) throw error;
      await sleep(pauseMs);
    }
  }
}

function checkAge({ startedAt, now, pruneGraceMs }: CommitOptions): void {
  const ageMs = now.getTime() - startedAt.getTime();
  if (ageMs <= oldestRunMs(pruneGraceMs)) return;
  throw tooOldError(ageMs);
}

function checkIsOurs(found: Uint8Array, bytes: Uint8Array, key: string, cause: unknown): void {
  if (Buffer.compare(found, bytes) === 0) return;
  if (isTombstone(parseManifest(found, key))) {
    throw new CainError(
      'CAIN_ABANDONED',
      `Another run fenced this one off while it slept: ${key} is a tombstone`,
      {
        hint: 'The next run adopts what this one stored.',
        cause,
      },
    );
  }
  throw new CainError('CAIN_STORE_EXISTS', `Another backup has the same tag: ${key}`, { cause });
}

/** undefined = it was not there when it was looked for. */
async function readBack(
  store: Store,
  key: string,
  cause: unknown,
  pauseMs: number,
): Promise<Uint8Array | undefined> {
  let lastError: unknown = cause;
  for (let attempt = 1; attempt <= readBackAttempts; attempt++) {
    if (attempt > 1) await sleep(pauseMs);
    try {
      return await inTime('Reading the manifest back', async (signal) =>
        (await store.head(key, { signal })) ? await readObject(store, key, signal) : undefined,
      );
    } catch (error) {
      lastError = error;
    }
  }
  throw new CainError(
    'CAIN_COMMIT_UNCLEAR',
    `The commit was sent, but neither its answer nor ${key} could be read`,
    {
      hint: 'Nothing was deleted. `cain list` tells whether the backup is there; the next run settles it.',
      cause: lastError,
    },
  );
}

async function inTime<T>(what: string, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return await withTimeLimit(what, requestLimitMs, new AbortController().signal, request);
}
