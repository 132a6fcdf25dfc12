import type { Exec } from '@kubernetes/client-node';
import { isRetryable, messageOf } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/store.ts';
import { pause } from '../time-limit.ts';
import type { AgentConfig } from './agent-session.ts';
import { downloadInSession } from './direct-download-session.ts';
import type { DownloadItem } from './download-archive.ts';
import { createPatience } from './patience.ts';
import { StagedFile } from './staged-file.ts';

/** Of larger objects several ranges are fetched side by side, and a cut costs no more than this. */
const segmentParts = 4;

export interface DirectDownloadOptions {
  readonly exec: Exec;
  readonly pod: CassandraPod;
  readonly store: Store;
  readonly agent: AgentConfig;
  readonly partBytes: number;
  /** Attempts without any progress before the run gives up. */
  readonly retries: number;
  readonly stallMs: number;
  readonly limitMs: number;
  /** Directories that all paths lie below: brought to the disk before anything counts as staged. */
  readonly roots: readonly string[];
  /** What already lies there is kept where its size and CRC-32 are right. */
  readonly keepsStaged: boolean;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Bytes fetched (negative: taken back, since their file is fetched again). */
  readonly onBytes: (bytes: number) => void;
  /** The file is in its place, whole. */
  readonly onStaged: (item: DownloadItem) => void;
}

/**
 * Has a pod fetch objects into files by itself. Each segment's CRC-32 is taken as it arrives and that of the whole is
 * compared with the inventory's. A cut session is taken up again with what is missing; if the container or its machine
 * began anew meanwhile, whatever lay there is summed again before it counts, since it may have been lost.
 */
export async function downloadDirectly(
  items: readonly DownloadItem[],
  options: DirectDownloadOptions,
): Promise<void> {
  const bySize = items.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const files = bySize.map(
    (item) => new StagedFile(item, options.partBytes * segmentParts, options.keepsStaged),
  );
  const patience = createPatience(options.retries);
  const session = { ...options, history: {} };
  try {
    while (files.length > 0) {
      const { error, hasProgress } = await downloadInSession(files, session);
      if (error === undefined) break;
      if (options.signal.aborted || !isRetryable(error)) throw error;
      const delayMs = patience.afterFailure(error, hasProgress);
      if (delayMs === undefined) throw error;
      options.log.warn('Staging broke off and is taken up again', {
        pod: options.pod.name,
        filesLeft: files.filter(({ isWhole }) => !isWhole).length,
        failures: patience.failures,
        error: messageOf(error),
      });
      await pause(delayMs, options.signal);
    }
  } catch (error) {
    for (const { notedBytes } of files) options.onBytes(-notedBytes);
    throw error;
  }
  for (const { item } of files) options.onStaged(item);
}
