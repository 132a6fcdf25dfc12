import { CainError, isRetryable, messageOf } from '../errors.ts';
import { execInPod } from '../kubernetes/exec-session.ts';
import { withHeapForFrames } from '../small-heap.ts';
import { pause } from '../time-limit.ts';
import { isWorthRereading } from './check-received.ts';
import { type FileUpload, startFileUpload } from './file-upload.ts';
import { createPace } from './pace.ts';
import type { PartPool } from './part-pool.ts';
import { partSizeFor } from './part-size.ts';
import { createPatience } from './patience.ts';
import { startSecondReading } from './second-reading.ts';
import { createStreamClaims, provesItself, type StreamClaims } from './stream-claims.ts';
import { badEndOf } from './tar-end.ts';
import { createTarReader, type TarSink } from './tar-reader.ts';
import type { TransferItem, UploadOptions } from './upload-options.ts';

export interface ExecTransferOptions extends UploadOptions {
  readonly pool: PartPool;
  /** 0 = no limit. */
  readonly bytesPerSecond: number;
}

/**
 * Runs tar at idle priority on the files that stdin names: exactly `$1` bytes of it, since the end of stdin can't
 * be signalled. Exit 1 of tar mostly says that a link count changed (a compaction dropped the live file).
 */
const tarScript = `
LC_ALL=C
export LC_ALL
set -- "$1" tar --create --file=- --format=gnu --directory=/ --no-recursion --hard-dereference --blocking-factor=128 --warning=no-file-changed --null --files-from=-
size=$1; shift
command -v ionice >/dev/null 2>&1 && set -- ionice -c3 "$@"
command -v nice >/dev/null 2>&1 && set -- nice -n 19 "$@"
head -c "$size" | "$@"
rc=$?; [ "$rc" -le 1 ] || exit "$rc"
`;

/**
 * Brings files of one node into the store over one exec stream, largest first. A cut, stalled or damaged stream
 * is taken up again; a file that was stored is not sent again, but is read again unless it has a digest. Any file
 * either becomes a whole object with the right bytes or does not count as stored.
 */
export async function transferByExec(
  items: readonly TransferItem[],
  options: ExecTransferOptions,
): Promise<void> {
  const left = new Set(items.toSorted((a, b) => b.file.sizeBytes - a.file.sizeBytes));
  const claims = createStreamClaims({
    onBytes: options.onBytes,
    async onStored(item, uploaded) {
      left.delete(item);
      await options.onStored(item, uploaded);
    },
  });
  const patience = createPatience(options.retries);
  const reread = new Set<string>();
  let mostAtStake = Infinity;
  let leftAtFailure = left.size;
  while (left.size > 0) {
    const failure = await streamOnce(firstOf(left, mostAtStake), claims, options);
    if (!failure) {
      mostAtStake *= 2;
      continue;
    }
    const { error, key } = failure;
    const withdrawn = claims.withdraw();
    // Where no stream lasts long, one that brings half as much comes to its end.
    if (withdrawn > 0) mostAtStake = Math.ceil(withdrawn / 2);
    if (options.signal.aborted || !isWorthRereading(error)) throw error;
    const delayMs = patience.afterFailure(error, left.size < leftAtFailure);
    if (delayMs === undefined) throw error;
    leftAtFailure = left.size;
    if (!isRetryable(error) && key !== undefined) {
      if (reread.has(key)) throw error;
      reread.add(key);
    }
    options.log.warn('Transfer broke off and is taken up again', {
      pod: options.pod.name,
      filesLeft: left.size,
      failures: patience.failures,
      error: messageOf(error),
    });
    await pause(delayMs, options.signal);
  }
}

/** In their order, up to so many that only the end of their stream proves. */
function firstOf(left: Iterable<TransferItem>, mostAtStake: number): readonly TransferItem[] {
  const first: TransferItem[] = [];
  let atStake = 0;
  for (const item of left) {
    if (!provesItself(item) && ++atStake > mostAtStake) break;
    first.push(item);
  }
  return first;
}

interface Failure {
  readonly error: unknown;
  /** The file that it is about. */
  readonly key?: string;
}

/** One exec stream over these items. Ends with nothing in flight: each upload was completed or aborted. */
async function streamOnce(
  items: readonly TransferItem[],
  claims: StreamClaims,
  options: ExecTransferOptions,
): Promise<Failure | undefined> {
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const uploads = createUploads(items, claims, options, signal, (error) => broken.abort(error));
  const reader = createTarReader(uploads.sink, `pod ${options.pod.name}`);
  const pace = createPace(options.bytesPerSecond);
  const list = Buffer.from(items.map(({ path }) => `${path.slice(1)}\0`).join(''));
  let failure: Failure | undefined;
  try {
    const sizes = items.map(({ file }) => file.sizeBytes);
    const result = await withHeapForFrames(sizes, () =>
      execInPod(options.exec, {
        pod: options.pod,
        purpose: 'Reading snapshot files',
        command: ['sh', '-c', tarScript, 'cain', String(list.length)],
        stdin: [list],
        async onStdout(chunk) {
          await reader.push(chunk);
          await pace(chunk.length, signal);
        },
        signal,
        limitMs: options.limitMs,
        stallMs: options.stallMs,
        expectsSteadyOutput: true,
      }),
    );
    // First, since a wrong digest tells more than tar does.
    await uploads.settled();
    failure = badEndOf(options.pod.name, result);
    if (!failure) {
      if (!reader.isComplete || uploads.startedFiles !== items.length)
        throw shortStream(options.pod.name, uploads.startedFiles, items.length);
      await claims.confirm();
    }
  } catch (error) {
    failure = uploads.firstFailure ?? { error };
  }
  if (failure) {
    broken.abort(failure.error);
    await uploads.abandon();
  }
  return failure;
}

interface Uploads {
  readonly sink: TarSink;
  readonly startedFiles: number;
  readonly firstFailure: Failure | undefined;
  /** Waits for all uploads in flight; rejects with the first failure. */
  settled(): Promise<void>;
  /** Aborts the file that was being read and waits for the rest. */
  abandon(): Promise<void>;
}

/** Turns the members of the archive, in the order that was asked for, into uploads. */
function createUploads(
  items: readonly TransferItem[],
  claims: StreamClaims,
  options: ExecTransferOptions,
  readSignal: AbortSignal,
  onFailure: (error: unknown) => void,
): Uploads {
  const inFlight = new Set<Promise<void>>();
  let startedFiles = 0;
  let current: { item: TransferItem; upload: FileUpload; readBytes: number } | undefined;
  let firstFailure: Failure | undefined;

  async function beginFile(name: string, sizeBytes: number): Promise<void> {
    const item = items[startedFiles];
    checkMember(item, name, sizeBytes, options.pod.name);
    while (inFlight.size >= options.parallel) await Promise.race(inFlight);
    // The stream may have been given up while this waited.
    readSignal.throwIfAborted();
    startedFiles++;
    current = { item, upload: startUpload(item), readBytes: 0 };
  }
  function startUpload(item: TransferItem): FileUpload {
    const { key, file } = item;
    const pod = options.pod.name;
    const first = claims.withdrawn.get(item);
    if (first) return startSecondReading({ key, file, pod }, first);
    const partBytes = partSizeFor(file.sizeBytes, options.parts);
    return startFileUpload({ ...options, readSignal, key, file, pod, partBytes });
  }
  function fileData(slice: Buffer): void | Promise<void> {
    if (!current) return;
    current.readBytes += slice.length;
    options.onBytes(slice.length);
    return current.upload.write(slice);
  }
  function endFile(): void {
    if (!current) return;
    const ended = current;
    current = undefined;
    const work = complete(ended).finally(() => inFlight.delete(work));
    inFlight.add(work);
  }
  /** Never rejects: what fails is kept for `settled`, and stops the stream. */
  async function complete({ item, upload, readBytes }: NonNullable<typeof current>): Promise<void> {
    try {
      const uploaded = await upload.finish();
      await claims.add(item, uploaded);
    } catch (error) {
      await drop(upload, readBytes, item.key);
      firstFailure ??= { key: item.key, error };
      onFailure(error);
    }
  }
  async function drop(upload: FileUpload, readBytes: number, key: string): Promise<void> {
    options.onBytes(-readBytes);
    await upload
      .abort()
      .catch((error: unknown) => options.log.warn('Unfinished upload could not be aborted', { key, error }));
  }

  return {
    sink: { beginFile, fileData, endFile },
    get startedFiles() {
      return startedFiles;
    },
    get firstFailure() {
      return firstFailure;
    },
    async settled() {
      await Promise.all(inFlight);
      if (firstFailure) throw firstFailure.error;
    },
    async abandon() {
      const unfinished = current;
      current = undefined;
      if (unfinished) await drop(unfinished.upload, unfinished.readBytes, unfinished.item.key);
      await Promise.all(inFlight);
    },
  };
}

/** tar leaves out what it can't read: the next member then is not the one that was asked for. */
function checkMember(
  item: TransferItem | undefined,
  name: string,
  sizeBytes: number,
  pod: string,
): asserts item is TransferItem {
  if (item?.path.slice(1) === name && item.file.sizeBytes === sizeBytes) return;
  const expected = item ? `${item.path} of ${item.file.sizeBytes} bytes` : 'the end';
  throw new CainError(
    'CAIN_TRANSFER_SHORT',
    `Pod ${pod} sent ${name} of ${sizeBytes} bytes in place of ${expected}`,
    { hint: 'The file changed, is gone or cannot be read on the node.', retryable: true },
  );
}

function shortStream(pod: string, got: number, wanted: number): CainError {
  return new CainError('CAIN_TRANSFER_SHORT', `The stream of ${pod} ended after ${got} of ${wanted} files`, {
    retryable: true,
  });
}
