import { holdCompaction, restoreCompaction } from '../../cassandra/compaction.ts';
import { hasReached, tableName } from '../../cassandra/journal.ts';
import { CainError, messageOf } from '../../errors.ts';
import type { ImportNode, ImportPlan, RestoreGroup } from './restore-plan.ts';
import { journalOf, onAllNodes } from './restore-run.ts';
import type { ImportWork } from './restore-work.ts';

/** For a minute or so with nodetool's usual second a table: a run that is killed leaves them without compaction until the next one. */
const mostTables = 50;
/** Cassandra reads them in seconds; for larger ones the two JVMs more do not count. */
const mostBytes = 1024 ** 3;

/**
 * Pure. Groups in a row whose automatic compaction is turned off and on together: to do so for each table by itself is
 * two of the three JVMs that a small table costs on every node. They are of one keyspace, since nodetool takes no more. One
 * that may take hours, whatever the backup holds of it, stands alone.
 */
export function holdBatches({
  groups,
  nodes,
  spread,
}: Pick<ImportPlan, 'groups' | 'spread'> & {
  readonly nodes: ReadonlyArray<Pick<ImportNode, 'files'>>;
}): ReadonlyArray<readonly RestoreGroup[]> {
  const batches: RestoreGroup[][] = [];
  let tables = 0;
  let bytes = 0;
  for (const group of groups) {
    const more = largestOf(group, nodes);
    const last = batches.at(-1);
    const [before] = last ?? [];
    tables += group.tables.length;
    bytes += more;
    const mayJoin = before?.keyspace === group.keyspace && isQuick(before) && isQuick(group);
    if (last && mayJoin && tables <= mostTables && bytes <= mostBytes) last.push(group);
    else {
      batches.push([group]);
      [tables, bytes] = [group.tables.length, more];
    }
  }
  return batches;

  /** Nothing is cleaned up, and no view is built from what a table holds beside the backup. */
  function isQuick({ keyspace, rebuiltViews = [] }: RestoreGroup): boolean {
    return !spread.has(keyspace) && rebuiltViews.length === 0;
  }
}

/** Bytes of a group on the node that has most of it. */
function largestOf({ tables }: RestoreGroup, nodes: ReadonlyArray<Pick<ImportNode, 'files'>>): number {
  const perNode = nodes.map(({ files }) =>
    tables.reduce((sum, table) => sum + (files.get(tableName(table))?.bytes ?? 0), 0),
  );
  return perNode.reduce((most, bytes) => Math.max(most, bytes), 0);
}

/**
 * Does `work` while automatic compaction of these groups is off on every node that imports into them, and says whether it
 * is. It stays off when the work fails: whoever leaves the restore in order turns it on.
 */
export async function whileCompactionIsOff(
  work: ImportWork,
  groups: readonly RestoreGroup[],
  task: (isHeld: boolean) => Promise<void>,
): Promise<void> {
  const { run, plan } = work;
  // For one table nothing is gained, and its import turns it on again even when this run is killed.
  const [first, second] = groups;
  if (!first || !second) return await task(false);
  const { keyspace } = first;
  const held = plan.nodes
    .map((node) => ({ node: node.node, tables: tablesToHold(work, node, groups) }))
    .filter(({ tables }) => tables.length > 0);
  const turnOn = () =>
    onAllNodes(held, async ({ node }) => {
      await restoreCompaction(run.access.tools, node.pod, journalOf(node, plan.id), run.signal);
    });
  try {
    await onAllNodes(held, async ({ node, tables }) => {
      const journal = journalOf(node, plan.id);
      await holdCompaction(run.access.tools, node.pod, { journal, keyspace, tables }, run.signal);
    });
  } catch (error) {
    if (!(error instanceof CainError) || error.code !== 'CAIN_EXEC_FAILED') throw error;
    run.signal.throwIfAborted();
    // One of them was dropped meanwhile, perhaps: what is to become of the restore is said when it comes to that.
    run.context.log.info('Each import turns automatic compaction off by itself', { error: messageOf(error) });
    await turnOn();
    return await task(false);
  }
  await task(true);
  await turnOn();
}

function tablesToHold(
  { book }: ImportWork,
  { node, files }: ImportNode,
  groups: readonly RestoreGroup[],
): readonly string[] {
  return groups
    .flatMap(({ tables }) => tables)
    .filter(({ compactsAutomatically }) => compactsAutomatically)
    .filter((table) => (files.get(tableName(table))?.sstables ?? 0) > 0)
    .filter((table) => !hasReached(book.stateOf(node.pod.name, table), 'imported'))
    .map(({ table }) => table);
}
