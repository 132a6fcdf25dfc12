import type { AgentConfig } from './agent-session.ts';
import { tryDirectUpload } from './direct-trial.ts';
import { uploadDirectly } from './direct-upload.ts';
import { transferByExec } from './exec-transfer.ts';
import { goDirectly } from './go-directly.ts';
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

/** Of a trial: a pod whose packets are dropped takes 10 s to say so. */
const trialLimitMs = 60_000;

/** Brings a node's files into the store. Any file either becomes a whole object with the right bytes or none. */
export async function uploadFiles(
  items: readonly TransferItem[],
  options: UploadFilesOptions,
): Promise<void> {
  if (items.length === 0) return;
  const byExec = { ...options, bytesPerSecond: options.agent.bytesPerSecond };
  if (options.way === 'exec') return await transferByExec(items, byExec);
  const left = new Set(items);
  const onStored: UploadOptions['onStored'] = async (item, uploaded) => {
    left.delete(item);
    await options.onStored(item, uploaded);
  };
  const { pod, store, log } = options;
  const reason = await goDirectly(() => uploadDirectly([...left], { ...options, onStored }), {
    ...options,
    left: () => left.size,
    tryAgain: () => tryDirectUpload(store, { ...options, limitMs: trialLimitMs }),
  });
  if (reason === undefined) return;
  log.warn('The direct way is closed by now; what is left goes through exec', {
    pod: pod.name,
    filesLeft: left.size,
    reason,
  });
  await transferByExec([...left], byExec);
}
