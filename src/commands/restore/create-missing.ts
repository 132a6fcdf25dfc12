import { runStatements } from '../../cassandra/run-statements.ts';
import type { RestorePlan } from './restore-plan.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';

/** Creates what is missing. It harms nothing: whatever goes wrong, a retry finds it there and empty, and completes it. */
export async function createMissing(run: RestoreRun, { creation }: RestorePlan): Promise<void> {
  if (creation.statements.length === 0) return;
  const { log } = run.context;
  await runStatements(run.access.tools, speakerOf(run).pod, creation.statements, run.signal);
  for (const keyspace of creation.keyspaces) log.info('Created keyspace', { keyspace });
  for (const { keyspace, table, type } of creation.tables)
    log.info('Created table', { keyspace, table, type });
  for (const change of creation.completed)
    log.info('Completed a table that an earlier creation left', { change });
}
