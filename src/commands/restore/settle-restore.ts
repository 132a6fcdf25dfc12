import { stopScripts } from '../../cassandra/broken-import.ts';
import { type JournalPlan, type NodeJournal, tableName } from '../../cassandra/journal.ts';
import { tableDirectory, undoSnapshotName } from '../../cassandra/restore-paths.ts';
import { readSchema } from '../../cassandra/schema.ts';
import { endTruncation, type TruncatedTable } from '../../cassandra/truncation.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import type { UndoTarget } from './choose-undo.ts';
import { mendCompaction } from './read-journals.ts';
import { onAllNodes, type RestoreRun, speakerOf } from './restore-run.ts';
import type { JournalsByPod } from './resume.ts';

/**
 * Nothing of an unfinished restore may go on, and each truncate of it must be known for done or not done. Once an undo has
 * begun that is known, and snapshots that came since are of the undo's own truncates.
 */
export async function settleRestore(
  run: RestoreRun,
  { plan: undone, resumed }: Pick<UndoTarget, 'plan' | 'resumed'>,
  journals: JournalsByPod,
): Promise<void> {
  const { tools } = run.access;
  await onAllUnfinished(run, undone, journals, async ({ pod }, { directory }) => {
    await stopScripts(tools, pod, directory, run.signal);
  });
  if (!resumed && !hasGivenUpUndo(undone, journals)) await endTruncates(run, undone, journals);
  await mendCompaction(run, journals);
}

function hasGivenUpUndo({ id }: JournalPlan, journals: JournalsByPod): boolean {
  return [...journals.values()].flat().some((journal) => journal.id === id && journal.isUndoGivenUp);
}

async function endTruncates(run: RestoreRun, undone: JournalPlan, journals: JournalsByPod): Promise<void> {
  const ids = await readTableIds(run);
  const undoSnapshot = undoSnapshotName(undone.id);
  await onAllUnfinished(run, undone, journals, async (node, journal) => {
    const tables = openTables(undone, { node, journal, ids });
    if (tables.length === 0) return;
    const open = tables.map((table) => ({ ...table, state: 'truncating' as const }));
    const truncation = { journal: journal.directory, undoSnapshot, tables: open };
    await endTruncation(run.access.tools, node.pod, truncation, run.signal);
  });
}

/** By `keyspace.table`, as they are now. */
async function readTableIds(run: RestoreRun): Promise<ReadonlyMap<string, string>> {
  const { keyspaces } = await readSchema(run.access.tools, speakerOf(run).pod, run.signal);
  const tables = keyspaces.flatMap((keyspace) => keyspace.tables);
  return new Map(tables.map(({ keyspace, name, id }) => [`${keyspace}.${name}`, id]));
}

async function onAllUnfinished(
  run: RestoreRun,
  { id }: JournalPlan,
  journals: JournalsByPod,
  task: (node: SurveyedNode, journal: NodeJournal) => Promise<void>,
): Promise<void> {
  await onAllNodes(run.survey.nodes, async (node) => {
    const journal = journals.get(node.pod.name)?.find((each) => each.id === id);
    if (journal && !journal.isFinished) await task(node, journal);
  });
}

/** Tables of which this node's journal knows no end of their truncate. */
function openTables(
  { tables }: JournalPlan,
  { node, journal, ids }: { node: SurveyedNode; journal: NodeJournal; ids: ReadonlyMap<string, string> },
): readonly TruncatedTable[] {
  return tables.flatMap(({ keyspace, table }) => {
    const name = tableName({ keyspace, table });
    const tableId = ids.get(name);
    if (tableId === undefined || journal.states.get(name) !== 'truncating') return [];
    const directory = tableDirectory({ keyspace, table, tableId });
    return [{ keyspace, table, directories: node.dataDirectories.map((each) => `${each}/${directory}`) }];
  });
}
