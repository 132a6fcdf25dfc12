import { tableName } from '../../cassandra/journal.ts';
import { hasRows } from '../../cassandra/live-tables.ts';
import { messageOf } from '../../errors.ts';
import { cleanUpGroup } from './clean-up-group.ts';
import { importGroup } from './import-group.ts';
import { nextStep } from './next-step.ts';
import { dropRebuiltViews, rebuildViews } from './rebuild-views.ts';
import { allTables, type RestoreGroup, totalOf } from './restore-plan.ts';
import { speakerOf } from './restore-run.ts';
import type { ImportWork } from './restore-work.ts';
import { settleGroup, truncateGroup } from './truncate-group.ts';

/**
 * Table by table, a table with its views: truncate, import on every node, prove, next. Tables that are not reached yet
 * are as they were. Gives the tables in which no row was found although the backup holds files of them.
 */
export async function restoreGroups(
  work: ImportWork,
  beforeTruncate: (group: RestoreGroup) => Promise<void> = async () => {},
): Promise<readonly string[]> {
  const { plan, run } = work;
  for (const { node, files } of plan.nodes) {
    const { bytes } = totalOf([{ files }]);
    run.context.progress.addNode(node.pod.name, { files: files.size, bytes });
  }
  for (const group of plan.groups) await restoreGroup(work, group, beforeTruncate);
  return await findWithoutRows(work);
}

async function restoreGroup(
  work: ImportWork,
  group: RestoreGroup,
  beforeTruncate: (group: RestoreGroup) => Promise<void>,
): Promise<void> {
  const { book, run } = work;
  const states = () => book.statesOf(group.tables);
  if (nextStep(states()) === 'truncate') await beforeTruncate(group);
  if (nextStep(states()) === 'truncate') await truncateGroup(work, group);
  else if (nextStep(states()) !== 'done') await dropRebuiltViews(work, group);
  if (nextStep(states()) === 'settle') await settleGroup(work, group);
  if (nextStep(states()) === 'import') await importGroup(work, group);
  await cleanUpGroup(work, group);
  await rebuildViews(run, group);
  const [{ keyspace, table }] = group.tables;
  run.context.log.info('Restored table', { keyspace, table, views: group.tables.length - 1 });
}

/**
 * Not proof to fail for: all rows of a table may have expired since the backup. Once for all tables, since each cqlsh
 * costs a second.
 */
async function findWithoutRows({ run, plan }: ImportWork): Promise<readonly string[]> {
  const tables = allTables(plan.groups).filter((table) => totalOf(plan.nodes, tableName(table)).sstables > 0);
  if (tables.length === 0) return [];
  try {
    const answers = await hasRows(run.access.tools, speakerOf(run).pod, tables, run.signal);
    return tables.filter((_, index) => !answers[index]).map(tableName);
  } catch (error) {
    run.signal.throwIfAborted();
    const names = tables.map(tableName);
    run.context.log.warn('Restored tables could not be read', { tables: names, error: messageOf(error) });
    return names;
  }
}
