import { clearNamedSnapshots } from '../../cassandra/clean-restore.ts';
import { quoteIdentifier } from '../../cassandra/cql.ts';
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

/**
 * Pure. The commands that bring the old rows back, table by table. Views come after their tables, since a truncate of
 * the table empties them too; they can't be truncated themselves.
 */
export function undoCommands(
  undo: readonly NodeUndo[],
  { views, namespace }: { views: ReadonlySet<string>; namespace: string },
): readonly string[] {
  const first = undo[0]?.node.pod;
  if (!first) return [];
  const exec = (pod: SurveyedNode['pod']): string =>
    `kubectl exec -n ${namespace} ${pod.name} -c ${pod.container} --`;
  const tables = [...new Set(undo.map(({ table }) => table))];
  const ordered = [
    ...tables.filter((table) => !views.has(table)),
    ...tables.filter((table) => views.has(table)),
  ];
  return ordered.flatMap((fullName) => {
    const dot = fullName.indexOf('.');
    const [keyspace, table] = [fullName.slice(0, dot), fullName.slice(dot + 1)];
    const quoted = `${quoteIdentifier(keyspace)}.${quoteIdentifier(table)}`;
    const imports = undo
      .filter((each) => each.table === fullName)
      .map(({ node, snapshot }) => {
        const places = node.dataDirectories.map(
          (directory) => `${directory}/${keyspace}/${table}-*/snapshots/${snapshot}`,
        );
        const directories = `$(ls -d ${places.join(' ')} 2>/dev/null)`;
        return `${exec(node.pod)} sh -c 'nodetool import --no-tokens --copy-data ${keyspace} ${table} ${directories}'`;
      });
    return views.has(fullName) ? imports : [`${exec(first)} cqlsh -e 'TRUNCATE ${quoted};'`, ...imports];
  });
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
