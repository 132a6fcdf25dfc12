import { CainError } from '../errors.ts';
import type { StoredObject } from '../store/store.ts';
import { type Desk, serveJobs } from './agent-desk.ts';
import { type AgentAnswer, type AgentFailure, signedEntry } from './agent-messages.ts';
import type { AgentHistory } from './agent-session.ts';
import { isWorthRereading } from './check-received.ts';
import { failureError } from './direct-failure.ts';
import type { DirectFile } from './direct-file.ts';
import type { DirectUploadOptions } from './direct-upload.ts';
import type { UploadedFile } from './file-upload.ts';

/** What can't be read, or has a wrong digest, is read once more: only what stays wrong is damage. */
const mostReadings = 2;

export interface UploadSessionOptions extends Omit<DirectUploadOptions, 'onStored'> {
  readonly history: AgentHistory;
  readonly onStored: (file: DirectFile, uploaded: UploadedFile) => Promise<void>;
}

export interface SessionOutcome {
  readonly hasProgress: boolean;
  readonly error?: unknown;
}

/** One exec session over these files. */
export async function uploadInSession(
  files: Iterable<DirectFile>,
  options: UploadSessionOptions,
): Promise<SessionOutcome> {
  let hasProgress = false;
  const clerk = createClerk(options, () => {
    hasProgress = true;
  });
  try {
    await serveJobs({ ...options, purpose: 'Sending snapshot files', jobs: files, ...clerk });
    return { hasProgress };
  } catch (error) {
    return { hasProgress, error };
  }
}

/** Answers the program's questions about files. */
function createClerk(options: UploadSessionOptions, onProgress: () => void) {
  function give(desk: Desk<DirectFile>, id: number, file: DirectFile): void {
    const { item, partBytes, missingParts } = file;
    if (!file.isWhole) {
      desk.agent.order('uploads', [id, item.path, item.file.sizeBytes, partBytes, missingParts]);
      return;
    }
    // Its last part arrived just when the session before was cut, or the store did not complete it.
    desk.close(id);
    desk.run(() => finish(desk, id, file));
  }

  function onAnswer(desk: Desk<DirectFile>, answer: AgentAnswer & { readonly id: number }): void {
    const { id } = answer;
    const file = desk.find(id);
    if (answer.kind === 'ask') desk.run(() => sign(desk, file, answer));
    else if (!file) return;
    else if (answer.kind === 'failed') desk.run(() => mend(desk, id, file, answer.failure));
    else if (answer.kind === 'done') take(desk, file, answer);
  }

  /** Every question gets an answer, since the program keeps room for it. */
  async function sign(
    desk: Desk<DirectFile>,
    file: DirectFile | undefined,
    { id, part, size = -1, crc32 = -1 }: AgentAnswer & { kind: 'ask' },
  ): Promise<void> {
    try {
      const request = await file?.sign(part, size, crc32);
      const isWanted = request !== undefined && desk.find(id) === file;
      desk.agent.order('signed', [id, part, isWanted ? signedEntry(request) : null]);
    } catch (error) {
      desk.agent.order('signed', [id, part, null]);
      if (file && desk.find(id) === file) await readAgain(desk, id, file, error);
    }
  }

  function take(desk: Desk<DirectFile>, file: DirectFile, answer: AgentAnswer & { kind: 'done' }): void {
    options.onBytes(file.note(answer.part, storedOf(answer, options.pod.name)));
    onProgress();
    if (!file.isWhole) return;
    const { id } = answer;
    desk.close(id);
    desk.run(() => finish(desk, id, file));
  }

  async function finish(desk: Desk<DirectFile>, id: number, file: DirectFile): Promise<void> {
    let uploaded: UploadedFile;
    try {
      uploaded = await file.finish();
    } catch (error) {
      return await readAgain(desk, id, file, error);
    }
    await keep(file, uploaded);
  }

  async function keep(file: DirectFile, uploaded: UploadedFile): Promise<void> {
    await options.onStored(file, uploaded);
    onProgress();
  }

  async function mend(
    desk: Desk<DirectFile>,
    id: number,
    file: DirectFile,
    failure: AgentFailure,
  ): Promise<void> {
    const error = failureError(failure, { key: file.item.key, path: file.item.path }, options);
    if (error.code === 'CAIN_STORE_EXISTS' && file.isSinglePut) {
      desk.close(id);
      const uploaded = await file.adopt(error);
      options.onBytes(file.item.file.sizeBytes);
      return await keep(file, uploaded);
    }
    if (failure.where !== 'file') throw error;
    await readAgain(desk, id, file, error);
  }

  async function readAgain(
    desk: Desk<DirectFile>,
    id: number,
    file: DirectFile,
    error: unknown,
  ): Promise<void> {
    if (isStoreTrouble(error) || !isWorthRereading(error) || file.readings >= mostReadings) throw error;
    desk.close(id);
    desk.agent.order('forget', id);
    options.log.warn('File is read again', { pod: options.pod.name, path: file.item.path, error });
    options.onBytes(-file.notedBytes);
    await file.restart();
    desk.putBack(file);
  }

  return { give, onAnswer };
}

/** No other bytes would mend it: the next session goes on with the parts that are there. */
function isStoreTrouble(error: unknown): boolean {
  return error instanceof CainError && (error.code === 'CAIN_STORE' || error.code === 'CAIN_TIMEOUT');
}

function storedOf({ etag, versionId, id }: AgentAnswer & { kind: 'done' }, pod: string): StoredObject {
  if (etag === undefined) {
    throw new CainError('CAIN_OUTPUT_UNREADABLE', `The program in pod ${pod} gives no ETag of file ${id}`);
  }
  return versionId === undefined ? { etag } : { etag, versionId };
}
