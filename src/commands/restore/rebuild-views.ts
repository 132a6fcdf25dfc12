import { clearNamedSnapshots, type NamedSnapshot } from '../../cassandra/clean-restore.ts';
import { listDroppedSnapshots } from '../../cassandra/dropped-snapshots.ts';
import type { ViewStatement } from '../../cassandra/journal.ts';
import { createViews, dropViews, waitUntilBuilt } from '../../cassandra/views.ts';
import type { RestoreGroup } from './restore-plan.ts';
import { onAllNodes, type RestoreRun, speakerOf } from './restore-run.ts';

/** Import feeds no views: those that are not imported themselves are dropped before it, … */
export async function dropRebuiltViews(run: RestoreRun, { rebuiltViews = [] }: RestoreGroup): Promise<void> {
  if (rebuiltViews.length === 0) return;
  const before = await droppedSnapshots(run, rebuiltViews);
  await dropViews(run.access.tools, speakerOf(run).pod, rebuiltViews, run.signal);
  run.context.log.info('Dropped views', {
    views: rebuiltViews.map(({ keyspace, view }) => `${keyspace}.${view}`),
  });
  await clearNewSnapshots(run, before, await droppedSnapshots(run, rebuiltViews));
}

type SnapshotsByPod = ReadonlyMap<string, readonly NamedSnapshot[]>;

async function droppedSnapshots(run: RestoreRun, views: readonly ViewStatement[]): Promise<SnapshotsByPod> {
  const found = new Map<string, readonly NamedSnapshot[]>();
  await onAllNodes(run.survey.nodes, async ({ pod, dataDirectories }) => {
    const listed = await listDroppedSnapshots(run.access.tools, pod, { views, dataDirectories }, run.signal);
    found.set(pod.name, listed);
  });
  return found;
}

/** A view is built anew from its table whatever comes: what its drop left is no way back, and takes room. */
async function clearNewSnapshots(
  run: RestoreRun,
  before: SnapshotsByPod,
  after: SnapshotsByPod,
): Promise<void> {
  await onAllNodes(run.survey.nodes, async ({ pod, dataDirectories }) => {
    const known = new Set(before.get(pod.name)?.map(({ name }) => name));
    const snapshots = (after.get(pod.name) ?? []).filter(({ name }) => !known.has(name));
    await clearNamedSnapshots(run.access.tools, pod, { snapshots, dataDirectories }, run.signal);
  });
}

/** … and made again, and built, after it. Called again, it does what is left to do. */
export async function rebuildViews(run: RestoreRun, { rebuiltViews = [] }: RestoreGroup): Promise<void> {
  if (rebuiltViews.length === 0) return;
  const { tools } = run.access;
  const { pod } = speakerOf(run);
  await createViews(tools, pod, rebuiltViews, run.signal);
  const hostIds = run.survey.nodes.map(({ hostId }) => hostId);
  for (const { keyspace, view } of rebuiltViews) {
    await waitUntilBuilt(tools, pod, { keyspace, view, hostIds }, run.signal);
    run.context.log.info('Rebuilt view', { view: `${keyspace}.${view}` });
  }
}
