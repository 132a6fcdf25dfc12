import { createViews, dropViews, waitUntilBuilt } from '../../cassandra/views.ts';
import type { RestoreGroup } from './restore-plan.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';

/** Import feeds no views: those that are not imported themselves are dropped before it, … */
export async function dropRebuiltViews(run: RestoreRun, { rebuiltViews = [] }: RestoreGroup): Promise<void> {
  if (rebuiltViews.length === 0) return;
  await dropViews(run.access.tools, speakerOf(run).pod, rebuiltViews, run.signal);
  run.context.log.info('Dropped views', {
    views: rebuiltViews.map(({ keyspace, view }) => `${keyspace}.${view}`),
  });
}

/** … and made again, and built, after it. Called again, it does what is left to do. */
export async function rebuildViews(run: RestoreRun, { rebuiltViews = [] }: RestoreGroup): Promise<void> {
  if (rebuiltViews.length === 0) return;
  const { tools } = run.access;
  const { pod } = speakerOf(run);
  await createViews(tools, pod, rebuiltViews, run.signal);
  for (const { keyspace, view } of rebuiltViews) {
    await waitUntilBuilt(tools, pod, { keyspace, view, nodes: run.survey.nodes.length }, run.signal);
    run.context.log.info('Rebuilt view', { view: `${keyspace}.${view}` });
  }
}
