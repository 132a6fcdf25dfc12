import { readDisks } from '../../cassandra/disks.ts';
import { CainError } from '../../errors.ts';
import { pause } from '../../time-limit.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import type { BackupRun } from './backup-run.ts';

/** Often enough for disks that fill at compaction speed; rarely enough for an exec call a node. */
const intervalMs = 60_000;

/**
 * While a snapshot lies on a node, deleted files keep their room. Rejects with CAIN_DISK_LOW when a data volume falls
 * under CAIN_MIN_FREE; resolves when the signal fires.
 */
export async function watchDisks(
  run: BackupRun,
  { pod, dataDirectories }: SurveyedNode,
  signal: AbortSignal,
): Promise<void> {
  const { minFree } = run.context.settings;
  while (!signal.aborted) {
    await pause(intervalMs, signal).catch(() => {});
    if (signal.aborted) return;
    const { volumes } = await readDisks(run.access.tools, pod, dataDirectories, signal);
    for (const { directory, freeBytes, totalBytes } of volumes) {
      const freePercent = (freeBytes / totalBytes) * 100;
      if (freePercent < minFree) {
        throw new CainError(
          'CAIN_DISK_LOW',
          `Data directory ${directory} of pod ${pod.name} has only ${freePercent.toFixed(1)} % free`,
          {
            hint: 'The run ended and cleared its snapshot, so that the database does not run out of space. Make room, or lower CAIN_MIN_FREE.',
          },
        );
      }
    }
  }
}
