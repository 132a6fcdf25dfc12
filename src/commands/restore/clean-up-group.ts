import { cleanUpTables } from '../../cassandra/cleanup.ts';
import { tableName } from '../../cassandra/journal.ts';
import type { RestoreGroup } from './restore-plan.ts';
import { journalOf, onAllNodes } from './restore-run.ts';
import type { ImportWork } from './restore-work.ts';

/**
 * Of a keyspace that was spread: each node drops the rows that came with the files of others and that it does not own.
 * Done anew by a run that goes on, since what is clean is passed over by Cassandra.
 */
export async function cleanUpGroup({ run, plan }: ImportWork, group: RestoreGroup): Promise<void> {
  if (!plan.spread.has(group.keyspace)) return;
  await onAllNodes(plan.nodes, async ({ node, files }) => {
    const tables = group.tables.filter((table) => files.has(tableName(table))).map(({ table }) => table);
    if (tables.length === 0) return;
    const { pod } = node;
    const journal = journalOf(node, plan.id);
    await cleanUpTables(run.access.tools, pod, { journal, keyspace: group.keyspace, tables }, run.signal);
    run.context.log.debug('Cleaned up table', { pod: pod.name, keyspace: group.keyspace, tables });
  });
}
