import { isRetryable, messageOf } from '../errors.ts';
import { pause } from '../time-limit.ts';
import type { AgentConfig } from './agent-session.ts';
import { confirmPuts } from './confirm-puts.ts';
import { type DirectFile, directFile } from './direct-file.ts';
import { uploadInSession } from './direct-upload-session.ts';
import type { UploadedFile } from './file-upload.ts';
import { createPatience } from './patience.ts';
import type { TransferItem, UploadOptions } from './upload-options.ts';

export interface DirectUploadOptions extends UploadOptions {
  readonly agent: AgentConfig;
}

/**
 * Has a pod send its files to the store itself, largest first: the bytes go neither through the API server nor through
 * Cain, which signs a request for each part once it knows the part's CRC-32. A cut session is taken up again with the
 * parts that are missing. Any file either becomes a whole object with the right bytes or none.
 */
export async function uploadDirectly(
  items: readonly TransferItem[],
  options: DirectUploadOptions,
): Promise<void> {
  const bySize = items.toSorted((a, b) => b.file.sizeBytes - a.file.sizeBytes);
  const left = new Set(bySize.map((item) => directFile(item, options)));
  const puts: Array<{ item: TransferItem; stored: UploadedFile['stored'] }> = [];
  const patience = createPatience(options.retries);
  const onStored = async (file: DirectFile, uploaded: UploadedFile): Promise<void> => {
    left.delete(file);
    if (file.isSinglePut) puts.push({ item: file.item, stored: uploaded.stored });
    await options.onStored(file.item, uploaded);
  };
  try {
    while (left.size > 0) {
      const { error, hasProgress } = await uploadInSession(left, { ...options, onStored });
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
    await confirmPuts(options.store, puts, options);
  } catch (error) {
    await abortAll(left, options);
    throw error;
  }
}

async function abortAll(files: Iterable<DirectFile>, options: DirectUploadOptions): Promise<void> {
  for (const file of files) {
    options.onBytes(-file.notedBytes);
    await file.abort().catch((abortError: unknown) => {
      options.log.warn('Unfinished upload could not be aborted', { key: file.item.key, error: abortError });
    });
  }
}
