import { setTimeout as sleep } from 'node:timers/promises';
import { CainError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { oldestRunMs } from '../../retention/oldest-run.ts';
import { manifestKey } from '../../store/layout.ts';
import { isTombstone, type Manifest, manifestBytes, parseManifest } from '../../store/manifest.ts';
import { readObject } from '../../store/read-object.ts';
import type { Store } from '../../store/store.ts';

const readBackAttempts = 5;
const readBackPauseMs = 2_000;
const commitLimitMs = 60_000;

export interface CommitOptions {
  readonly startedAt: Date;
  readonly now: Date;
  readonly pruneGraceMs: number;
  readonly log: Logger;
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
  const ageMs = options.now.getTime() - options.startedAt.getTime();
  if (ageMs > oldestRunMs(options.pruneGraceMs)) {
    throw new CainError(
      'CAIN_ABANDONED',
      `The run is ${Math.round(ageMs / 3600_000)} h old, too old to commit`,
      {
        hint: 'A prune may have deleted objects that it reuses. The next run adopts what it stored.',
      },
    );
  }
  const key = manifestKey(manifest.tag);
  const bytes = manifestBytes(manifest);
  try {
    await store.put(key, bytes, { ifNoneMatch: '*', signal: AbortSignal.timeout(commitLimitMs) });
  } catch (error) {
    options.log.warn('The answer to the commit is not clear; the manifest is read back', { error });
    await readBack(store, key, bytes, error);
  }
}

async function readBack(store: Store, key: string, bytes: Uint8Array, cause: unknown): Promise<void> {
  const found = await readAgain(store, key, cause);
  if (found && Buffer.compare(found, bytes) === 0) return;
  if (!found) throw cause;
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

/** undefined = it is provably not there. */
async function readAgain(store: Store, key: string, cause: unknown): Promise<Uint8Array | undefined> {
  let lastError: unknown = cause;
  for (let attempt = 1; attempt <= readBackAttempts; attempt++) {
    try {
      const signal = AbortSignal.timeout(commitLimitMs);
      return (await store.head(key, { signal })) ? await readObject(store, key, signal) : undefined;
    } catch (error) {
      lastError = error;
      await sleep(readBackPauseMs);
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
