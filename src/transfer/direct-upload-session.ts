import { CainError } from '../errors.ts';
import type { StoredObject } from '../store/store.ts';
import { type AgentAnswer, type AgentFailure, signedEntry } from './agent-messages.ts';
import { type Agent, withAgent } from './agent-session.ts';
import { isWorthRereading } from './check-received.ts';
import { failureError } from './direct-failure.ts';
import type { DirectFile } from './direct-file.ts';
import type { DirectUploadOptions } from './direct-upload.ts';
import type { UploadedFile } from './file-upload.ts';

/** Files that the program knows of: enough to look ahead, few enough for its memory and ours. */
const mostKnownFiles = 512;
/** What can't be read, or has a wrong digest, is read once more: only what stays wrong is damage. */
const mostReadings = 2;

interface SessionOptions extends Omit<DirectUploadOptions, 'onStored'> {
  readonly onStored: (file: DirectFile, uploaded: UploadedFile) => Promise<void>;
}

export interface SessionOutcome {
  readonly hasProgress: boolean;
  readonly error?: unknown;
}

/** One exec session over these files. When it ends nothing of it is under way on our side. */
export async function uploadInSession(
  files: ReadonlySet<DirectFile>,
  options: SessionOptions,
): Promise<SessionOutcome> {
  const desk = createDesk([...files], options);
  try {
    await withAgent({ ...options, purpose: 'Sending snapshot files', onAnswer: desk.hear }, desk.serve);
    return { hasProgress: desk.hasProgress };
  } catch (error) {
    return { hasProgress: desk.hasProgress, error };
  } finally {
    await desk.leave();
  }
}

/** Where the program's questions are answered. */
function createDesk(waiting: DirectFile[], options: SessionOptions) {
  const known = new Map<number, DirectFile>();
  const underWay = new Set<Promise<void>>();
  let lastId = 0;
  let agent: Agent | undefined;
  let hasProgress = false;
  let isClosed = false;
  let settle: { resolve(): void; reject(error: unknown): void };
  const served = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  served.catch(() => {});

  function serve(opened: Agent): Promise<void> {
    agent = opened;
    giveFiles();
    return served;
  }

  function giveFiles(): void {
    while (waiting.length > 0 && known.size < mostKnownFiles) {
      const file = waiting.shift() as DirectFile;
      const { item, partBytes, missingParts } = file;
      // Its last part arrived just when the session before was cut.
      if (file.isWhole) {
        run(() => finish(file, file.finish()));
        continue;
      }
      known.set(++lastId, file);
      agent?.order('uploads', [lastId, item.path, item.file.sizeBytes, partBytes, missingParts]);
    }
    if (known.size === 0 && waiting.length === 0 && underWay.size === 0) settle.resolve();
  }

  /** What fails ends the session. */
  function run(task: () => Promise<void>): void {
    const work = task()
      .catch((error: unknown) => settle.reject(error))
      .finally(() => {
        underWay.delete(work);
        if (!isClosed) giveFiles();
      });
    underWay.add(work);
  }

  function hear(answer: AgentAnswer): void {
    if (answer.kind !== 'ask' && answer.kind !== 'done' && answer.kind !== 'failed') return;
    const { id, part } = answer;
    if (id > lastId) throw stranger(options.pod.name, id);
    const file = known.get(id);
    if (answer.kind === 'ask') run(() => sign(id, part, answer.size ?? -1, answer.crc32 ?? -1));
    else if (!file) return;
    else if (answer.kind === 'failed') run(() => mend(id, file, answer.failure));
    else take(id, file, part, storedOf(answer, options.pod.name));
  }

  async function sign(id: number, part: number, sizeBytes: number, crc32: number): Promise<void> {
    const file = known.get(id);
    try {
      const request = await file?.sign(part, sizeBytes, crc32);
      // Given up meanwhile.
      const isWanted = request !== undefined && known.get(id) === file;
      agent?.order('signed', [id, part, isWanted ? signedEntry(request) : null]);
    } catch (error) {
      agent?.order('signed', [id, part, null]);
      if (file && known.get(id) === file) await readAgain(id, file, error);
    }
  }

  function take(id: number, file: DirectFile, part: number, stored: StoredObject): void {
    const bytes = file.note(part, stored);
    options.onBytes(bytes);
    hasProgress = true;
    if (!file.isWhole) return;
    known.delete(id);
    run(async () => {
      try {
        await finish(file, file.finish());
      } catch (error) {
        await readAgain(undefined, file, error);
      }
    });
    giveFiles();
  }

  async function finish(file: DirectFile, uploaded: Promise<UploadedFile>): Promise<void> {
    await options.onStored(file, await uploaded);
    hasProgress = true;
  }

  async function mend(id: number, file: DirectFile, failure: AgentFailure): Promise<void> {
    const error = failureError(failure, file.item, options);
    if (error.code === 'CAIN_STORE_EXISTS' && file.isSinglePut) {
      known.delete(id);
      await finish(file, file.adopt(error));
      options.onBytes(file.item.file.sizeBytes);
      return;
    }
    if (failure.where !== 'file') throw error;
    await readAgain(id, file, error);
  }

  async function readAgain(id: number | undefined, file: DirectFile, error: unknown): Promise<void> {
    if (!isWorthRereading(error) || file.readings >= mostReadings) throw error;
    if (id !== undefined) {
      known.delete(id);
      agent?.order('forget', id);
    }
    options.log.warn('File is read again', { pod: options.pod.name, path: file.item.path, error });
    options.onBytes(-file.notedBytes);
    await file.restart();
    waiting.push(file);
  }

  return {
    serve,
    hear,
    get hasProgress() {
      return hasProgress;
    },
    async leave() {
      isClosed = true;
      known.clear();
      await Promise.all(underWay);
    },
  };
}

function storedOf({ etag, versionId }: AgentAnswer & { kind: 'done' }, pod: string): StoredObject {
  if (etag === undefined) throw stranger(pod, 0);
  return versionId === undefined ? { etag } : { etag, versionId };
}

function stranger(pod: string, id: number): CainError {
  return new CainError(
    'CAIN_OUTPUT_UNREADABLE',
    `The program in pod ${pod} speaks of a file that it was not given: ${id}`,
  );
}
