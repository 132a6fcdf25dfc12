import { hasReached, type TableState, tableName } from '../../cassandra/journal.ts';
import { tableDirectory, undoSnapshotName } from '../../cassandra/restore-paths.ts';
import { beginTruncation, endTruncation, truncateTable } from '../../cassandra/truncation.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import { directoryOf } from './prepare-node.ts';
import { dropRebuiltViews } from './rebuild-views.ts';
import type { ImportNode, RestoreGroup, RestoreTable } from './restore-plan.ts';
import { journalOf, onAllNodes, speakerOf } from './restore-run.ts';
import type { ImportWork } from './restore-work.ts';

/**
 * Truncates a table with its views: journalled on every node, done once, journalled on every node. Views that are built
 * anew are dropped once it is journalled: the journal alone knows how they are made then, and must not go. A table that was
 * empty or has just been made is truncated too: hints from before may still be on their way to it. In a merge what it
 * holds stays, and a snapshot of it is the undo.
 */
export async function truncateGroup(work: ImportWork, group: RestoreGroup): Promise<void> {
  const { run, plan, book } = work;
  const { tools } = run.access;
  await onAllNodes(plan.nodes, async ({ node }) => {
    const tables = group.tables.map((table) => ({
      ...placeOf(node, table),
      takesOwnSnapshot: plan.alone === undefined && (plan.isMerge || !takesAutoSnapshot(node, table)),
    }));
    const undoSnapshot = undoSnapshotName(plan.id);
    await beginTruncation(
      tools,
      node.pod,
      { journal: journalOf(node, plan.id), undoSnapshot, tables },
      run.signal,
    );
    for (const table of group.tables) book.note(node.pod.name, table, 'truncating');
  });
  await dropRebuiltViews(work, group);
  if (plan.isMerge) return await settleGroup(work, group);
  const [base] = group.tables;
  // From here on nothing brings the old rows back but their snapshots.
  await run.confirmLease();
  const speaker = speakerOf(run);
  const { keyspace, table } = base;
  const journal = journalOf(speaker, plan.id);
  await truncateTable(tools, speaker.pod, { journal, keyspace, table }, run.signal);
  await settleGroup(work, group);
  run.context.log.info('Truncated table', { keyspace, table });
}

/** Journals on every node that does not know it yet that the group was truncated. */
export async function settleGroup({ run, plan, book }: ImportWork, group: RestoreGroup): Promise<void> {
  await onAllNodes(plan.nodes, async ({ node, files }) => {
    const open = group.tables.filter((table) => !hasReached(book.stateOf(node.pod.name, table), 'truncated'));
    if (open.length === 0) return;
    const states = new Map(open.map((table) => [table, stateAfterTruncate(files, table)]));
    await endTruncation(
      run.access.tools,
      node.pod,
      {
        journal: journalOf(node, plan.id),
        undoSnapshot: undoSnapshotName(plan.id),
        tables: [...states].map(([table, state]) => ({ ...placeOf(node, table), state })),
      },
      run.signal,
    );
    for (const [table, state] of states) book.note(node.pod.name, table, state);
  });
}

/** A node that held nothing of a table has nothing to import. */
function stateAfterTruncate(files: ImportNode['files'], table: RestoreTable): TableState {
  return (files.get(tableName(table))?.sstables ?? 0) > 0 ? 'truncated' : 'imported';
}

/** Cassandra truncates views without a snapshot (measured with 5.0.9); one that it clears by itself some day is no undo. */
function takesAutoSnapshot({ probe }: SurveyedNode, { kind, allowsAutoSnapshot }: RestoreTable): boolean {
  return kind === 'table' && probe.keepsAutoSnapshots && allowsAutoSnapshot;
}

function placeOf({ dataDirectories }: SurveyedNode, table: RestoreTable) {
  return {
    keyspace: table.keyspace,
    table: table.table,
    directories: dataDirectories.map((directory) => `${directory}/${tableDirectory(directoryOf(table))}`),
  };
}
