import { CainError, isRetryable, messageOf } from '../errors.ts';
import { execInPod } from '../kubernetes/exec-session.ts';
import { pause } from '../time-limit.ts';
import { isWorthRereading } from './check-received.ts';
import { checkSizes, shrunkError } from './check-sizes.ts';
import { type FileUpload, startFileUpload } from './file-upload.ts';
import { createPace } from './pace.ts';
import type { PartPool } from './part-pool.ts';
import { partSizeFor } from './part-size.ts';
import { createPatience } from './patience.ts';
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

/** With exit 1, too: what is missing of a file that ends early was made up. */
const shrunkFile = /^tar: (.+): File shrank by .*$/m;

/**
 * Brings files of one node into the store over one exec stream, largest first. A cut, stalled or damaged stream
 * is taken up again at the file it was in; files that were stored stay stored. Any file either becomes a whole
 * object with the right bytes or none.
 */
export async function transferByExec(
  items: readonly TransferItem[],
  options: ExecTransferOptions,
): Promise<void> {
  let remaining = items.toSorted((a, b) => b.file.sizeBytes - a.file.sizeBytes);
  const patience = createPatience(options.retries);
  const reread = new Set<string>();
  /** Stored from a stream whose end was never seen; no digest speaks for them. */
  let unproven: readonly TransferItem[] = [];
  while (remaining.length > 0 || unproven.length > 0) {
    const isReading = remaining.length > 0;
    const outcome = isReading ? await streamOnce(remaining, options) : await checkOnce(unproven, options);
    const { storedKeys, error, errorKey } = outcome;
    if (error === undefined && !isReading) break;
    if (error !== undefined)
      unproven = [
        ...unproven,
        ...remaining.filter((item) => storedKeys.has(item.key) && mayHaveShrunk(item)),
      ];
    remaining = remaining.filter(({ key }) => !storedKeys.has(key));
    if (error === undefined) continue;
    if (options.signal.aborted || !isWorthRereading(error)) throw error;
    const delayMs = patience.afterFailure(error, storedKeys.size > 0);
    if (delayMs === undefined) throw error;
    if (!isRetryable(error) && errorKey !== undefined) {
      if (reread.has(errorKey)) throw error;
      reread.add(errorKey);
    }
    options.log.warn('Transfer broke off and is taken up again', {
      pod: options.pod.name,
      filesLeft: remaining.length,
      failures: patience.failures,
      error: messageOf(error),
    });
    await pause(delayMs, options.signal);
  }
}

function mayHaveShrunk({ file }: TransferItem): boolean {
  return file.digest === undefined && file.sizeBytes > 0;
}

async function checkOnce(
  items: readonly TransferItem[],
  options: ExecTransferOptions,
): Promise<StreamOutcome> {
  try {
    await checkSizes(items, options);
    return { storedKeys: new Set() };
  } catch (error) {
    return { storedKeys: new Set(), error };
  }
}

interface StreamOutcome {
  readonly storedKeys: ReadonlySet<string>;
  readonly error?: unknown;
  /** The file whose upload failed first. */
  readonly errorKey?: string | undefined;
}

/** One exec stream over these items. Ends with nothing in flight: each upload was completed or aborted. */
async function streamOnce(
  items: readonly TransferItem[],
  options: ExecTransferOptions,
): Promise<StreamOutcome> {
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const uploads = createUploads(items, options, signal, (error) => broken.abort(error));
  const reader = createTarReader(uploads.sink, `pod ${options.pod.name}`);
  const pace = createPace(options.bytesPerSecond);
  const list = Buffer.from(items.map(({ path }) => `${path.slice(1)}\0`).join(''));
  let failure: { error: unknown } | undefined;
  try {
    const result = await execInPod(options.exec, {
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
    });
    if (result.exitCode !== 0) throw tarFailed(options.pod.name, result.exitCode, result.stderr);
    checkNothingShrank(options.pod.name, result.stderr);
    await uploads.settled();
    if (!reader.isComplete || uploads.startedFiles !== items.length)
      throw shortStream(options.pod.name, uploads.startedFiles, items.length);
  } catch (error) {
    failure = { error: uploads.firstFailure?.error ?? error };
    broken.abort(error);
    await uploads.abandon();
  }
  const storedKeys = uploads.storedKeys;
  return failure ? { storedKeys, error: failure.error, errorKey: uploads.firstFailure?.key } : { storedKeys };
}

interface Uploads {
  readonly sink: TarSink;
  readonly storedKeys: ReadonlySet<string>;
  readonly startedFiles: number;
  readonly firstFailure: { readonly key: string; readonly error: unknown } | undefined;
  /** Waits for all uploads in flight; rejects with the first failure. */
  settled(): Promise<void>;
  /** Aborts the file that was being read and waits for the rest. */
  abandon(): Promise<void>;
}

/** Turns the members of the archive, in the order that was asked for, into uploads. */
function createUploads(
  items: readonly TransferItem[],
  options: ExecTransferOptions,
  readSignal: AbortSignal,
  onFailure: (error: unknown) => void,
): Uploads {
  const storedKeys = new Set<string>();
  const inFlight = new Set<Promise<void>>();
  let startedFiles = 0;
  let current: { item: TransferItem; upload: FileUpload; readBytes: number } | undefined;
  let firstFailure: { key: string; error: unknown } | undefined;

  async function beginFile(name: string, sizeBytes: number): Promise<void> {
    const item = items[startedFiles];
    checkMember(item, name, sizeBytes, options.pod.name);
    while (inFlight.size >= options.parallel) await Promise.race(inFlight);
    // The stream may have been given up while this waited.
    readSignal.throwIfAborted();
    startedFiles++;
    const partBytes = partSizeFor(sizeBytes, options.parts);
    const upload = startFileUpload({
      ...options,
      readSignal,
      key: item.key,
      file: item.file,
      pod: options.pod.name,
      partBytes,
    });
    current = { item, upload, readBytes: 0 };
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
      storedKeys.add(item.key);
      await options.onStored(item, uploaded);
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
    storedKeys,
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

function checkNothingShrank(pod: string, stderr: string): void {
  const [line, path] = shrunkFile.exec(stderr) ?? [];
  if (!line) return;
  throw shrunkError(pod, path ?? '', line);
}

function tarFailed(pod: string, exitCode: number, stderr: string): CainError {
  const said = stderr.trim().slice(-2000);
  return new CainError(
    'CAIN_EXEC_FAILED',
    `Reading files in ${pod} failed with exit code ${exitCode}: ${said}`,
    {
      retryable: true,
    },
  );
}

function shortStream(pod: string, got: number, wanted: number): CainError {
  return new CainError('CAIN_TRANSFER_SHORT', `The stream of ${pod} ended after ${got} of ${wanted} files`, {
    retryable: true,
  });
}
