import { clearNamedSnapshots } from '../../cassandra/clean-restore.ts';
import { listNewDrops } from '../../cassandra/dropped-snapshots.ts';
import { tableName, type ViewStatement } from '../../cassandra/journal.ts';
import { createViews, dropViews, waitUntilBuilt } from '../../cassandra/views.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import type { RestoreGroup } from './restore-plan.ts';
import { journalOf, onAllNodes, type RestoreRun, speakerOf } from './restore-run.ts';
import type { ImportWork } from './restore-work.ts';

/** Import feeds no views: those that are not imported themselves are dropped before it, … */
export async function dropRebuiltViews(
  { run, plan }: ImportWork,
  { rebuiltViews = [] }: RestoreGroup,
): Promise<void> {
  if (rebuiltViews.length === 0) return;
  const nodes = plan.nodes.map(({ node }) => node);
  // What is there now is not ours, but for what a run of this restore left that was killed.
  await clearNewDrops(run, nodes, plan.id, rebuiltViews);
  await dropViews(run.access.tools, speakerOf(run).pod, rebuiltViews, run.signal);
  run.context.log.info('Dropped views', {
    views: rebuiltViews.map(({ keyspace, view }) => `${keyspace}.${view}`),
  });
  await clearNewDrops(run, nodes, plan.id, rebuiltViews);
}

/** A view is built anew from its table whatever comes: what its drop left is no way back, and takes room. */
export async function clearNewDrops(
  run: RestoreRun,
  nodes: readonly SurveyedNode[],
  restoreId: string,
  views: readonly ViewStatement[],
): Promise<void> {
  const { tools } = run.access;
  const tables = new Set(views.map(tableName));
  await onAllNodes(nodes, async (node) => {
    const { pod, dataDirectories } = node;
    for (const table of tables) {
      const ofTable = views.filter((view) => tableName(view) === table);
      const drops = { journal: journalOf(node, restoreId), table, views: ofTable, dataDirectories };
      const snapshots = await listNewDrops(tools, pod, drops, run.signal);
      await clearNamedSnapshots(tools, pod, { snapshots, dataDirectories }, run.signal);
    }
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
