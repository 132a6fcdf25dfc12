import type { Exec } from '@kubernetes/client-node';
import { CainError, isRetryable, messageOf } from '../errors.ts';
import { execInPod } from '../kubernetes/exec-session.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { Logger } from '../log.ts';
import { retryDelayMs } from '../retry.ts';
import { withHeapForFrames } from '../small-heap.ts';
import type { Store } from '../store/store.ts';
import { pause } from '../time-limit.ts';
import { archiveBytes, batchesOf, type DownloadItem, writeArchive } from './download-archive.ts';
import { gatherChunks } from './gather-chunks.ts';
import { fetchInOrder } from './ordered-objects.ts';
import { createPace } from './pace.ts';
import type { PartPool } from './part-pool.ts';
import { watchTaking } from './watch-taking.ts';

export interface ExecDownloadOptions {
  readonly exec: Exec;
  readonly pod: CassandraPod;
  readonly store: Store;
  /** Objects up to the size of a part are fetched ahead into its buffers. */
  readonly pool: PartPool;
  readonly partBytes: number;
  /** 0 = no limit. */
  readonly bytesPerSecond: number;
  /** Objects of this node that are fetched at once. */
  readonly parallel: number;
  /** Attempts without any progress before the run gives up. */
  readonly retries: number;
  readonly stallMs: number;
  readonly limitMs: number;
  /** An absolute path in the pod, unlike that of any earlier attempt: lists of SHA-256 get names that begin with it. */
  readonly sumsPrefix: (attempt: number) => string;
  /** Of these paths and SHA-256, the paths that are on the node's disk with just these bytes. */
  readonly check: (sums: ReadonlyMap<string, string>) => Promise<ReadonlySet<string>>;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Bytes sent (negative: taken back, since their file is sent again). */
  readonly onBytes: (bytes: number) => void;
  /** The file is on the node's disk, whole. */
  readonly onStaged: (item: DownloadItem) => void;
}

/**
 * Takes an archive of `$1` bytes apart: the end of stdin can't be signalled. As root it gives each file its owner.
 * At the lowest priority, for the database's sake.
 */
const tarScript = `
size=$1
set -- tar --extract --file=- --directory=/ --preserve-permissions --numeric-owner --blocking-factor=128
if [ "$(id -u)" = 0 ]; then set -- "$@" --same-owner; else set -- "$@" --no-same-owner; fi
command -v ionice >/dev/null 2>&1 && set -- ionice -c3 "$@"
command -v nice >/dev/null 2>&1 && set -- nice -n 19 "$@"
head -c "$size" | "$@"
`;

const pieceBytes = 128 * 1024;

/**
 * Brings objects as files to one node, in one exec stream. Each object's size and CRC-32 are checked as it passes,
 * each file's SHA-256 once it is on the disk. A stream that breaks is taken up again with the files that are not
 * there yet; both of its ends begin afresh.
 */
export async function downloadByExec(
  items: readonly DownloadItem[],
  options: ExecDownloadOptions,
): Promise<void> {
  let remaining = items;
  let failures = 0;
  let mismatches = 0;
  for (let attempt = 1; remaining.length > 0; attempt++) {
    const { sums, sentBytes, error } = await streamOnce(remaining, attempt, options);
    options.signal.throwIfAborted();
    const staged = await options.check(sums);
    const done = remaining.filter(({ path }) => staged.has(path));
    for (const item of done) options.onStaged(item);
    options.onBytes(done.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) - sentBytes);
    remaining = remaining.filter(({ path }) => !staged.has(path));
    if (remaining.length === 0) return;
    const failure = error ?? alteredOnDisk(remaining, options.pod.name);
    failures = done.length > 0 ? 1 : failures + 1;
    if (!isRetryable(failure)) mismatches++;
    if (!isWorthAnotherTry(failure, mismatches) || failures > options.retries) throw failure;
    options.log.warn('Staging broke off and is taken up again', {
      pod: options.pod.name,
      filesLeft: remaining.length,
      failures,
      error: messageOf(failure),
    });
    await pause(retryDelayMs(failures), options.signal);
  }
}

/** Wrong bytes are fetched once more: only what stays wrong is damage. */
function isWorthAnotherTry(error: unknown, mismatches: number): boolean {
  if (isRetryable(error)) return true;
  return error instanceof CainError && error.code === 'CAIN_CHECKSUM_MISMATCH' && mismatches < 2;
}

interface StreamOutcome {
  /** SHA-256 of the files that were sent to their last byte, by path. */
  readonly sums: ReadonlyMap<string, string>;
  readonly sentBytes: number;
  readonly error?: unknown;
}

async function streamOnce(
  items: readonly DownloadItem[],
  attempt: number,
  options: ExecDownloadOptions,
): Promise<StreamOutcome> {
  const { pod, stallMs, limitMs } = options;
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const sums = new Map<string, string>();
  let sentBytes = 0;
  const batches = batchesOf(items, options.sumsPrefix(attempt));
  const objects = fetchInOrder(items, { ...options, aheadBytes: options.partBytes, signal });
  const archive = writeArchive(batches, objects, {
    onBytes(bytes) {
      sentBytes += bytes;
      options.onBytes(bytes);
    },
    onFile: ({ path }, sha256) => sums.set(path, sha256),
  });
  const watched = watchTaking(slowly(gatherChunks(archive, pieceBytes), options.bytesPerSecond, signal), {
    pod: pod.name,
    stallMs,
    onStall: (error) => broken.abort(error),
  });
  try {
    const sizes = items.map(({ sizeBytes }) => sizeBytes);
    const result = await withHeapForFrames(sizes, () =>
      execInPod(options.exec, {
        pod,
        purpose: 'Staging files',
        command: ['sh', '-c', tarScript, 'cain', String(archiveBytes(batches))],
        stdin: watched.source,
        signal,
        limitMs,
        stallMs,
      }),
    );
    if (result.exitCode !== 0) throw tarFailed(pod.name, result.exitCode, result.stderr);
    return { sums, sentBytes };
  } catch (error) {
    broken.abort(error);
    return { sums, sentBytes, error };
  } finally {
    watched.stop();
    await archive.return(undefined);
  }
}

async function* slowly(
  chunks: AsyncIterable<Uint8Array>,
  bytesPerSecond: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const pace = createPace(bytesPerSecond);
  for await (const chunk of chunks) {
    await pace(chunk.length, signal);
    yield chunk;
  }
}

function alteredOnDisk(items: readonly DownloadItem[], pod: string): CainError {
  const [first] = items;
  return new CainError(
    'CAIN_CHECKSUM_MISMATCH',
    `${items.length} staged files lie on pod ${pod} with other bytes than were sent: ${first?.about}`,
    {
      hint: "The node's disk or memory alters what is written: look at its kernel log before anything else.",
    },
  );
}

function tarFailed(pod: string, exitCode: number, stderr: string): CainError {
  const said = stderr.trim().slice(-2000);
  return new CainError(
    'CAIN_EXEC_FAILED',
    `Staging files in ${pod} failed with exit code ${exitCode}: ${said}`,
    {
      retryable: !/No space left|Permission denied|Read-only file system|Operation not permitted/.test(said),
    },
  );
}
