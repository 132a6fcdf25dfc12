import { clearSnapshots } from '../../cassandra/snapshot.ts';
import { forEachLimited } from '../../concurrency.ts';
import { clearAbortedUploads } from '../../retention/aborted-uploads.ts';
import { type Catalog, fence, unfinishedTags } from '../../store/catalog.ts';
import { nodesAtOnce } from '../preflight/survey-cluster.ts';
import type { BackupRun } from './backup-run.ts';

/**
 * Step 3: what earlier runs left. Their snapshots go, their tags are fenced before anything of them is adopted or
 * deleted, their unfinished uploads are aborted. Returns the tags whose checkpoints may be reused.
 */
export async function clearLeftovers(run: BackupRun, catalog: Catalog): Promise<readonly string[]> {
  await clearOldSnapshots(run);
  const fenced: string[] = [];
  for (const tag of unfinishedTags(catalog)) {
    if (await fence(run.store, tag, run.signal)) {
      fenced.push(tag);
      run.context.log.warn('Fenced off a run that never committed', { abandonedTag: tag });
    }
  }
  const aborted = await clearAbortedUploads(run.store, {
    ownTag: run.tag,
    signal: run.signal,
    log: run.context.log,
  });
  if (aborted > 0) run.context.log.info('Aborted unfinished uploads of earlier runs', { uploads: aborted });
  // A tag that an earlier run fenced keeps its checkpoints until its debris is swept. One that is expired, too, a sweep takes for that.
  const expired = new Set(catalog.expired.map(({ record }) => record.tag));
  const earlier = catalog.abandoned.map(({ tag }) => tag).filter((tag) => !expired.has(tag));
  return [...new Set([...earlier, ...fenced])].toSorted();
}

async function clearOldSnapshots({ survey, access, signal, context }: BackupRun): Promise<void> {
  await forEachLimited(survey.nodes, nodesAtOnce, async ({ pod, dataDirectories, disks }) => {
    if (disks.snapshotTags.length === 0) return;
    await clearSnapshots(access.tools, pod, { tags: disks.snapshotTags, dataDirectories }, signal);
    context.log.warn('Cleared snapshots that an earlier run left', {
      pod: pod.name,
      tags: disks.snapshotTags,
    });
  });
}
