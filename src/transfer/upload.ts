import { CainError, messageOf } from '../errors.ts';
import type { AgentConfig } from './agent-session.ts';
import { uploadDirectly } from './direct-upload.ts';
import { transferByExec } from './exec-transfer.ts';
import type { PartPool } from './part-pool.ts';
import type { TransferItem, UploadOptions } from './upload-options.ts';

/** direct = the pod speaks to the store itself; exec = through the API server and Cain. */
export type TransferWay = 'direct' | 'exec';

export interface UploadFilesOptions extends UploadOptions {
  readonly way: TransferWay;
  /** When the direct way closes meanwhile, what is left goes by exec. */
  readonly mayFallBack: boolean;
  readonly agent: AgentConfig;
  /** Of the exec way. */
  readonly pool: PartPool;
}

/** Brings a node's files into the store. Any file either becomes a whole object with the right bytes or none. */
export async function uploadFiles(
  items: readonly TransferItem[],
  options: UploadFilesOptions,
): Promise<void> {
  if (items.length === 0) return;
  if (options.way === 'exec') return await transferByExec(items, options);
  const left = new Set(items);
  const onStored: UploadOptions['onStored'] = async (item, uploaded) => {
    left.delete(item);
    await options.onStored(item, uploaded);
  };
  try {
    await uploadDirectly(items, { ...options, onStored });
  } catch (error) {
    if (!options.mayFallBack || options.signal.aborted || !isClosedWay(error)) throw error;
    options.log.warn('The direct way is closed by now; what is left goes through exec', {
      pod: options.pod.name,
      filesLeft: left.size,
      error: messageOf(error),
    });
    await transferByExec([...left], options);
  }
}

const closedWays: ReadonlySet<string> = new Set([
  'CAIN_STORE',
  'CAIN_STORE_ACCESS',
  'CAIN_TIMEOUT',
  'CAIN_EXEC_FAILED',
]);

/** Whether exec may do better: it has another route, other requests, and needs no Python. */
export function isClosedWay(error: unknown): boolean {
  return error instanceof CainError && closedWays.has(error.code);
}
