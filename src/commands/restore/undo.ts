import { clearNamedSnapshots } from '../../cassandra/clean-restore.ts';
import type { NodeJournal } from '../../cassandra/journal.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import { readAllJournals } from './read-journals.ts';
import { onAllNodes, type RestoreRun } from './restore-run.ts';
import type { JournalsByPod } from './resume.ts';

/** A snapshot, on one node, of what a table held before the restore truncated it. */
export interface NodeUndo {
  readonly node: SurveyedNode;
  /** `keyspace.table` */
  readonly table: string;
  readonly snapshot: string;
}

/** The undo of a restore: snapshots that hold data, in the order of tables, then nodes. */
export function undoOf(
  nodes: readonly SurveyedNode[],
  journals: JournalsByPod,
  restoreId: string,
): readonly NodeUndo[] {
  const all = nodes.flatMap((node) => {
    const journal = journals.get(node.pod.name)?.find(({ id }) => id === restoreId);
    return [...(journal?.undo ?? [])].flatMap(([table, snapshots]) =>
      snapshots.filter(({ holdsData }) => holdsData).map(({ name }) => ({ node, table, snapshot: name })),
    );
  });
  return all.toSorted((a, b) => (a.table === b.table ? 0 : a.table < b.table ? -1 : 1));
}

/** Clears, by exact name, every snapshot that the truncates of these restores caused, on every node. */
export async function clearUndo(
  run: RestoreRun,
  journals: JournalsByPod,
  isMeant: (journal: NodeJournal) => boolean,
): Promise<number> {
  let cleared = 0;
  await onAllNodes(run.survey.nodes, async ({ pod, dataDirectories }) => {
    const meant = (journals.get(pod.name) ?? []).filter(isMeant);
    const snapshots = meant.flatMap(({ undo }) =>
      [...undo].flatMap(([table, all]) =>
        all.map(({ name }) => ({ keyspace: table.slice(0, table.indexOf('.')), name })),
      ),
    );
    await clearNamedSnapshots(run.access.tools, pod, { snapshots, dataDirectories }, run.signal);
    cleared += snapshots.length;
  });
  return cleared;
}

/** CAIN_RESTORE_UNDO=clear: the undo of this restore goes at once. */
export async function clearOwnUndo(run: RestoreRun, restoreId: string): Promise<void> {
  const journals = await readAllJournals(run);
  const cleared = await clearUndo(run, journals, ({ id }) => id === restoreId);
  run.context.log.info('Cleared the undo snapshots', { snapshots: cleared });
}
