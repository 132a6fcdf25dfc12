import { hasReached, tableName } from '../../cassandra/journal.ts';
import { hasRows, lookAtTables } from '../../cassandra/live-tables.ts';
import { tableDirectory } from '../../cassandra/restore-paths.ts';
import { messageOf } from '../../errors.ts';
import type { JournalBook } from './journal-book.ts';
import type { RestoreGroup, RestoreTable } from './restore-plan.ts';
import { onAllNodes, type RestoreRun, speakerOf } from './restore-run.ts';

/**
 * The tables, as `keyspace.table`, that hold something and are yet to be truncated: any SSTable on any node, even of
 * deleted rows, or a row that is still in memory. A table that can't be read counts as filled.
 */
export async function findFilledTables(
  run: RestoreRun,
  groups: readonly RestoreGroup[],
  book: JournalBook,
): Promise<ReadonlySet<string>> {
  const open = groups.filter(
    ({ tables }) => !book.statesOf(tables).some((state) => hasReached(state, 'truncated')),
  );
  const existing = open.flatMap(({ tables }) => tables).filter(({ isCreated }) => !isCreated);
  const filled = await tablesWithFiles(run, existing);
  // A view holds nothing that its table does not.
  const unsure = existing.filter((table) => table.kind === 'table' && !filled.has(tableName(table)));
  for (const name of await tablesWithRows(run, unsure)) filled.add(name);
  return filled;
}

/** Those, as `keyspace.table`, of which any node has an SSTable. */
export async function tablesWithFiles(
  run: RestoreRun,
  tables: readonly RestoreTable[],
): Promise<Set<string>> {
  const filled = new Set<string>();
  if (tables.length === 0) return filled;
  await onAllNodes(run.survey.nodes, async ({ pod, dataDirectories }) => {
    const wanted = tables.map(({ keyspace, table, liveId }) => ({ keyspace, table, tableId: liveId }));
    const found = await lookAtTables(run.access.tools, pod, { tables: wanted, dataDirectories }, run.signal);
    for (const table of wanted) {
      const directories = found.get(tableDirectory(table)) ?? [];
      if (directories.some(({ sstables }) => sstables > 0)) filled.add(tableName(table));
    }
  });
  return filled;
}

async function tablesWithRows(run: RestoreRun, tables: readonly RestoreTable[]): Promise<readonly string[]> {
  if (tables.length === 0) return [];
  try {
    const answers = await hasRows(run.access.tools, speakerOf(run).pod, tables, run.signal);
    return tables.filter((_, index) => answers[index]).map(tableName);
  } catch (error) {
    run.signal.throwIfAborted();
    run.context.log.warn('Tables could not be read and count as not empty', { error: messageOf(error) });
    return tables.map(tableName);
  }
}
