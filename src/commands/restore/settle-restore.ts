import { awaitImports } from '../../cassandra/await-import.ts';
import { stopScripts } from '../../cassandra/broken-import.ts';
import { type JournalPlan, type JournalTable, type NodeJournal, tableName } from '../../cassandra/journal.ts';
import { tableDirectory, undoSnapshotName } from '../../cassandra/restore-paths.ts';
import { readSchema } from '../../cassandra/schema.ts';
import { beginTruncation, endTruncation, type TruncatedTable } from '../../cassandra/truncation.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import type { UndoTarget } from './choose-undo.ts';
import { mendCompaction, readAllJournals } from './read-journals.ts';
import { onAllNodes, type RestoreRun, speakerOf } from './restore-run.ts';
import type { JournalsByPod } from './resume.ts';
import { unsettledTables } from './undo-tables.ts';

/** How much a journal's table holds nobody knows here: a terabyte is read in less. */
const longestImportMs = 6 * 3_600_000;

/**
 * Nothing of an unfinished restore may go on, and each truncate of it must be known for done or not done. Once an undo has
 * begun that is known, and snapshots that came since are of the undo's own truncates.
 */
export async function settleRestore(
  run: RestoreRun,
  { plan: undone, resumed }: Pick<UndoTarget, 'plan' | 'resumed'>,
  journals: JournalsByPod,
): Promise<void> {
  await onAllUnfinished(run, undone, journals, async ({ pod }, { directory }) => {
    await stopScripts(run.access.tools, pod, directory, run.signal);
  });
  await awaitOpenImports(run, undone, journals);
  if (!resumed && !hasGivenUpUndo(undone, journals)) {
    const ids = await readTableIds(run);
    await noteSnapshots(run, undone, { journals, ids });
    await keepWhatIsThere(run, undone, { journals: await readAllJournals(run), ids });
  }
  // Read anew: what was stopped above may have turned it off since.
  await mendCompaction(run, await readAllJournals(run));
}

/** What Cassandra goes on to import would come into tables that the undo has just emptied. */
async function awaitOpenImports(
  run: RestoreRun,
  undone: JournalPlan,
  journals: JournalsByPod,
): Promise<void> {
  const { access, context, signal } = run;
  const isOpen = ({ states }: NodeJournal, table: JournalTable): boolean =>
    states.get(tableName(table)) === 'importing';
  const own = [...journals.values()].flat().filter(({ id }) => id === undone.id);
  if (!own.some((journal) => undone.tables.some((table) => isOpen(journal, table)))) return;
  const ids = await readTableIds(run);
  const limitMs = longestImportMs + context.settings.toolTimeoutMs;
  await onAllUnfinished(run, undone, journals, async ({ pod }, journal) => {
    const tables = undone.tables.filter((table) => isOpen(journal, table) && ids.has(tableName(table)));
    await awaitImports(access.tools, pod, { journal: journal.directory, tables, limitMs }, signal);
  });
}

function hasGivenUpUndo({ id }: JournalPlan, journals: JournalsByPod): boolean {
  return [...journals.values()].flat().some((journal) => journal.id === id && journal.isUndoGivenUp);
}

/** By `keyspace.table`, as they are now; without dashes. */
async function readTableIds(run: RestoreRun): Promise<ReadonlyMap<string, string>> {
  const { keyspaces } = await readSchema(run.access.tools, speakerOf(run).pod, run.signal);
  const tables = keyspaces.flatMap((keyspace) => keyspace.tables);
  return new Map(tables.map(({ keyspace, name, id }) => [`${keyspace}.${name}`, id.replaceAll('-', '')]));
}

interface Known {
  readonly journals: JournalsByPod;
  readonly ids: ReadonlyMap<string, string>;
}

async function noteSnapshots(run: RestoreRun, undone: JournalPlan, { journals, ids }: Known): Promise<void> {
  await onAllUnfinished(run, undone, journals, async (node, journal) => {
    await noteOn(run, node, journal, openTables(undone, { node, journal, ids }));
  });
}

/**
 * A node that died in a TRUNCATE may hold its rows still, with no snapshot of them that is whole, and the undo's own would
 * empty it like the others: what it holds now comes back with what these have lost.
 */
async function keepWhatIsThere(
  run: RestoreRun,
  undone: JournalPlan,
  { journals, ids }: Known,
): Promise<void> {
  const unsettled = unsettledTables(undone, journals);
  await onAllUnfinished(run, undone, journals, async (node, journal) => {
    const bare = openTables(undone, { node, journal, ids }).filter(
      (table) => unsettled.has(tableName(table)) && !hasWholeSnapshot(journal, table),
    );
    if (bare.length === 0) return;
    const truncation = {
      journal: journal.directory,
      undoSnapshot: undoSnapshotName(undone.id),
      tables: bare.map((table) => ({ ...table, takesOwnSnapshot: true })),
    };
    await beginTruncation(run.access.tools, node.pod, truncation, run.signal);
    await noteOn(run, node, journal, bare);
    run.context.log.info('Took a snapshot of tables that may not have been truncated', {
      pod: node.pod.name,
      tables: bare.map(tableName),
    });
  });
}

/** It may hold nothing: then the node held nothing when it was truncated. */
function hasWholeSnapshot({ undo }: NodeJournal, table: TruncatedTable): boolean {
  return (undo.get(tableName(table)) ?? []).some(({ isPart }) => !isPart);
}

async function noteOn(
  run: RestoreRun,
  { pod }: SurveyedNode,
  { id, directory }: NodeJournal,
  tables: readonly TruncatedTable[],
): Promise<void> {
  if (tables.length === 0) return;
  const open = tables.map((table) => ({ ...table, state: 'truncating' as const }));
  const truncation = { journal: directory, undoSnapshot: undoSnapshotName(id), tables: open };
  await endTruncation(run.access.tools, pod, truncation, run.signal);
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

/** Tables of which this node's journal knows no end of their truncate, unless they were created again since. */
function openTables(
  { tables }: JournalPlan,
  { node, journal, ids }: { node: SurveyedNode; journal: NodeJournal; ids: ReadonlyMap<string, string> },
): readonly TruncatedTable[] {
  return tables.flatMap(({ keyspace, table }) => {
    const name = tableName({ keyspace, table });
    const tableId = ids.get(name);
    if (tableId === undefined || journal.states.get(name) !== 'truncating') return [];
    if ((journal.tableIds?.get(name) ?? tableId) !== tableId) return [];
    const directory = tableDirectory({ keyspace, table, tableId });
    return [{ keyspace, table, directories: node.dataDirectories.map((each) => `${each}/${directory}`) }];
  });
}
