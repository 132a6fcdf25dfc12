import { isRetryable, messageOf } from '../errors.ts';
import { pause } from '../time-limit.ts';
import type { AgentConfig } from './agent-session.ts';
import { type DirectFile, directFile } from './direct-file.ts';
import { type SessionOutcome, type UploadSessionOptions, uploadInSession } from './direct-upload-session.ts';
import { createPatience } from './patience.ts';
import { createPutClaims, type PutClaims } from './put-claims.ts';
import type { TransferItem, UploadOptions } from './upload-options.ts';

export interface DirectUploadOptions extends UploadOptions {
  readonly agent: AgentConfig;
}

/**
 * Has a pod send its files to the store itself, largest first: the bytes go neither through the API server nor through
 * Cain, which signs a request for each part once it knows the part's CRC-32. A cut session is taken up again with the
 * parts that are missing. Any file either becomes a whole object with the right bytes or none, and counts as stored
 * only when the store itself has said so. Memory: what is known of a file is made when the pod is told of it.
 */
export async function uploadDirectly(
  items: readonly TransferItem[],
  options: DirectUploadOptions,
): Promise<void> {
  const left = new Set(items.toSorted((a, b) => b.file.sizeBytes - a.file.sizeBytes));
  const begun = new Map<TransferItem, DirectFile>();
  const claims = createPutClaims(options);
  const patience = createPatience(options.retries);
  const session: UploadSessionOptions = {
    ...options,
    history: {},
    async onStored(file, uploaded) {
      left.delete(file.item);
      begun.delete(file.item);
      if (file.isSinglePut) await claims.add(file.item, uploaded);
      else await options.onStored(file.item, uploaded);
    },
  };
  function* files(): Generator<DirectFile> {
    for (const item of left) {
      const file = begun.get(item) ?? directFile(item, options);
      begun.set(item, file);
      yield file;
    }
  }
  try {
    while (left.size > 0 || claims.waiting.size > 0) {
      const { error, hasProgress } = await sendAndConfirm(
        left.size > 0 ? files() : undefined,
        claims,
        session,
      );
      if (error === undefined) continue;
      if (options.signal.aborted || !isRetryable(error)) throw error;
      const delayMs = patience.afterFailure(error, hasProgress);
      if (delayMs === undefined) throw error;
      options.log.warn('Transfer broke off and is taken up again', {
        pod: options.pod.name,
        filesLeft: left.size,
        failures: patience.failures,
        error: messageOf(error),
      });
      await pause(delayMs, options.signal);
    }
  } catch (error) {
    for (const { item } of claims.waiting.values()) options.onBytes(-item.file.sizeBytes);
    await abortAll(begun.values(), options);
    throw error;
  }
}

/** A page of a listing takes a fraction of a second; whoever ends us waits for the snapshots, too. */
const lastLookMs = 5_000;

/** What was put is asked for however the session ended: what is proven need not be sent again, by whatever way. */
async function sendAndConfirm(
  files: Iterable<DirectFile> | undefined,
  claims: PutClaims,
  options: UploadSessionOptions,
): Promise<SessionOutcome> {
  const sent: SessionOutcome = files ? await uploadInSession(files, options) : { hasProgress: false };
  try {
    // A run that was told to end asks once more, so that the next one can go on from there.
    await claims.confirm(options.signal.aborted ? AbortSignal.timeout(lastLookMs) : undefined);
  } catch (confirmError) {
    return { ...sent, error: sent.error ?? confirmError };
  }
  return sent;
}

async function abortAll(files: Iterable<DirectFile>, options: DirectUploadOptions): Promise<void> {
  for (const file of files) {
    options.onBytes(-file.notedBytes);
    await file.abort().catch((abortError: unknown) => {
      options.log.warn('Unfinished upload could not be aborted', { key: file.item.key, error: abortError });
    });
  }
}
