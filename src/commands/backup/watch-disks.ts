import { readDisks } from '../../cassandra/disks.ts';
import { forEachLimited } from '../../concurrency.ts';
import { CainError } from '../../errors.ts';
import { pause } from '../../time-limit.ts';
import { nodesAtOnce, type SurveyedNode } from '../preflight/survey-cluster.ts';
import type { BackupRun } from './backup-run.ts';

/** Often enough for disks that fill at compaction speed; rarely enough for an exec call a node. */
const usualIntervalMs = 60_000;

/**
 * While a snapshot lies on a node, deleted files keep their room: so all nodes are watched until the last one is
 * stored, not only those that are at work. Rejects with CAIN_DISK_LOW when a data volume falls under CAIN_MIN_FREE;
 * resolves when the signal fires. A node that can't be asked is told and asked again.
 */
export async function watchDisks(
  run: BackupRun,
  signal: AbortSignal,
  intervalMs = usualIntervalMs,
): Promise<void> {
  while (!signal.aborted) {
    await pause(intervalMs, signal).catch(() => {});
    await forEachLimited(run.survey.nodes, nodesAtOnce, (node) => checkNode(run, node, signal));
  }
}

async function checkNode(
  { access, context }: BackupRun,
  { pod, dataDirectories }: SurveyedNode,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const disks = await readDisks(access.tools, pod, dataDirectories, signal).catch((error: unknown) => {
    if (!signal.aborted) context.log.warn('Free disk space could not be read', { pod: pod.name, error });
  });
  for (const { directory, freeBytes, totalBytes } of disks?.volumes ?? []) {
    const freePercent = (freeBytes / totalBytes) * 100;
    if (freePercent < context.settings.minFree) throw diskLowError(pod.name, directory, freePercent);
  }
}

function diskLowError(podName: string, directory: string, freePercent: number): CainError {
  return new CainError(
    'CAIN_DISK_LOW',
    `Data directory ${directory} of pod ${podName} has only ${freePercent.toFixed(1)} % free`,
    {
      hint: 'The run ended and cleared its snapshot, so that the database does not run out of space. Make room, or lower CAIN_MIN_FREE.',
    },
  );
}
