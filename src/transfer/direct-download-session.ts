import { CainError } from '../errors.ts';
import { rejectOnAbort } from '../time-limit.ts';
import { type Desk, serveJobs } from './agent-desk.ts';
import { type AgentAnswer, type AgentFailure, signedEntry } from './agent-messages.ts';
import type { AgentHistory } from './agent-session.ts';
import type { DirectDownloadOptions } from './direct-download.ts';
import { failureError } from './direct-failure.ts';
import type { SessionOutcome } from './direct-upload-session.ts';
import { mismatchError } from './ordered-objects.ts';
import type { StagedFile } from './staged-file.ts';

/** Wrong bytes are fetched once more: only what stays wrong is damage. */
const mostFetches = 2;

export interface DownloadSessionOptions extends DirectDownloadOptions {
  readonly history: AgentHistory;
}

/** One exec session over these files, up to the proof that all of them are on the disk. */
export async function downloadInSession(
  files: readonly StagedFile[],
  options: DownloadSessionOptions,
): Promise<SessionOutcome> {
  const lastHost = options.history.last?.host;
  let hasProgress = false;
  let onSynced = (): void => {};
  const clerk = createClerk(options, () => {
    hasProgress = true;
  });
  try {
    await serveJobs({
      ...options,
      purpose: 'Staging files',
      jobs: files,
      ...clerk,
      onSynced: () => onSynced(),
      onReady(process) {
        // What the program of an earlier session wrote is in the kernel's memory at least, unless that went down.
        const { host } = process;
        if (host === '' || host !== lastHost)
          for (const file of files) file.mustCheck ||= file.notedBytes > 0;
      },
      async atEnd({ agent, signal }) {
        const synced = new Promise<void>((resolve) => {
          let left = options.roots.length;
          onSynced = () => {
            if (--left === 0) resolve();
          };
        });
        for (const root of options.roots) agent.order('sync', root);
        if (options.roots.length > 0) await Promise.race([synced, rejectOnAbort(signal)]);
      },
    });
    return { hasProgress };
  } catch (error) {
    return { hasProgress, error };
  }
}

function createClerk(options: DirectDownloadOptions, onProgress: () => void) {
  /** What may lie there is summed: at once, or when what is missing of it has come. */
  function give(desk: Desk<StagedFile>, id: number, file: StagedFile): void {
    const mayLieThere = file.mustCheck && (file.isWhole || file.notedBytes === 0);
    if (mayLieThere) desk.agent.order('sums', [id, file.item.path]);
    else if (file.isWhole) desk.close(id);
    else desk.run(() => fetch(desk, id, file));
  }

  async function fetch(desk: Desk<StagedFile>, id: number, file: StagedFile): Promise<void> {
    const { key, path, sizeBytes, uid, gid, mode, mtimeSeconds } = file.item;
    const signed = signedEntry(await options.store.signGet(key));
    if (file.notedBytes === 0) file.fetches++;
    const owner = [uid, gid, mode, mtimeSeconds] as const;
    desk.agent.order('downloads', [
      id,
      path,
      sizeBytes,
      file.segmentBytes,
      owner,
      file.missingSegments,
      signed,
    ]);
  }

  function onAnswer(desk: Desk<StagedFile>, answer: AgentAnswer & { readonly id: number }): void {
    const { id } = answer;
    const file = desk.find(id);
    if (answer.kind === 'ask') desk.run(() => signAgain(desk, file, id, answer.part));
    else if (!file) return;
    else if (answer.kind === 'failed') throw failureOf(answer.failure, file, options);
    else if (answer.kind === 'sum') takeSum(desk, id, file, answer.found);
    else if (answer.kind === 'done') takeSegment(desk, id, file, answer);
  }

  async function signAgain(
    desk: Desk<StagedFile>,
    file: StagedFile | undefined,
    id: number,
    segment: number,
  ): Promise<void> {
    const signed = file && signedEntry(await options.store.signGet(file.item.key));
    desk.agent.order('signed', [id, segment, signed ?? null]);
  }

  function takeSum(
    desk: Desk<StagedFile>,
    id: number,
    file: StagedFile,
    found: { readonly sizeBytes: number; readonly crc32: number } | undefined,
  ): void {
    const { sizeBytes, crc32 } = file.item;
    desk.close(id);
    file.mustCheck = false;
    // Of one whose CRC-32 nobody knows, what came from the store says what must lie there.
    const wanted = crc32 ?? (file.isWhole ? file.crc32 : undefined);
    if (found?.sizeBytes === sizeBytes && found.crc32 === wanted) {
      noteAll(file);
      // Once: what is summed again and again brings nothing nearer.
      if (!file.wasSummed) onProgress();
      file.wasSummed = true;
      return;
    }
    fetchAnew(desk, file);
  }

  /** Kept from before: it counts as fetched. */
  function noteAll(file: StagedFile): void {
    for (const segment of file.missingSegments ?? allSegments(file)) options.onBytes(file.note(segment, 0));
  }

  function fetchAnew(desk: Desk<StagedFile>, file: StagedFile): void {
    options.onBytes(-file.notedBytes);
    file.restart();
    desk.putBack(file);
  }

  function takeSegment(
    desk: Desk<StagedFile>,
    id: number,
    file: StagedFile,
    { part, crc32 = -1 }: AgentAnswer & { kind: 'done' },
  ): void {
    options.onBytes(file.note(part, crc32));
    onProgress();
    if (!file.isWhole) return;
    desk.close(id);
    // Segments of an earlier session: what lies there is what counts.
    if (file.mustCheck) desk.putBack(file);
    else if (file.item.crc32 !== undefined && file.crc32 !== file.item.crc32) refuse(desk, file);
  }

  function refuse(desk: Desk<StagedFile>, file: StagedFile): void {
    const error = mismatchError(file.item, `has CRC-32 ${file.crc32}`);
    if (file.fetches >= mostFetches) throw error;
    options.log.warn('File is fetched again', { pod: options.pod.name, path: file.item.path, error });
    fetchAnew(desk, file);
  }

  return { give, onAnswer };
}

function allSegments({ segments }: StagedFile): readonly number[] {
  return Array.from({ length: segments }, (_, index) => index + 1);
}

/** What no second try mends: no room, no rights. */
const lastingFault = /No space left|Permission denied|Read-only file system|Operation not permitted/;

function failureOf(failure: AgentFailure, { item }: StagedFile, options: DirectDownloadOptions): CainError {
  if (failure.where === 'store' && failure.code === 'CainWrongSize') return mismatchError(item, failure.text);
  if (failure.where !== 'file') return failureError(failure, item, options);
  return new CainError('CAIN_EXEC_FAILED', `Staging files in ${options.pod.name} failed: ${failure.text}`, {
    retryable: !lastingFault.test(failure.text),
  });
}
