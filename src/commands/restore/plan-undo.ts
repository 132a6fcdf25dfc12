import type { JournalPlan, JournalTable, UndoSnapshot, ViewStatement } from '../../cassandra/journal.ts';
import { tableName } from '../../cassandra/journal.ts';
import { tableDirectory } from '../../cassandra/restore-paths.ts';
import { isData } from '../../cassandra/sstable.ts';
import { listSnapshotFiles, type SnapshotFileSize } from '../../cassandra/undo-snapshots.ts';
import { CainError } from '../../errors.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import type { UndoTarget } from './choose-undo.ts';
import { liveRestoreTable } from './live-restore-table.ts';
import { findLiveTable, type LiveSchema, readLiveSchema } from './live-schema.ts';
import type { TableFiles } from './node-files.ts';
import { checkViewsAllowed, viewsOnTable } from './plan-merge.ts';
import { directoryOf } from './prepare-node.ts';
import type { ImportNode, ImportPlan, RestoreGroup, RestoreTable } from './restore-plan.ts';
import { onAllNodes, type RestoreRun, speakerOf } from './restore-run.ts';
import type { JournalsByPod } from './resume.ts';
import { mixedTables, tablesToUndo } from './undo-tables.ts';

/** What one node gets back, and from which snapshots. */
export interface UndoNode extends ImportNode {
  /** Names of snapshots by `keyspace.table`. */
  readonly snapshots: ReadonlyMap<string, readonly string[]>;
}

export interface UndoPlan extends ImportPlan {
  readonly nodes: readonly UndoNode[];
  readonly undone: JournalPlan;
  readonly resumed: JournalPlan | undefined;
  /** Tables that the restore made: they were not there before, and are left as they are. */
  readonly left: readonly string[];
}

/** What it takes to go back. Throws CAIN_RESTORE_UNDO where tables or snapshots are not as the restore left them. */
export async function planUndo(
  run: RestoreRun,
  target: UndoTarget,
  journals: JournalsByPod,
): Promise<UndoPlan> {
  const { plan: undone, undoId, resumed } = target;
  const tables = tablesToUndo(target, journals);
  const keyspaces = [...new Set(undone.tables.map(({ keyspace }) => keyspace))];
  const live = await readLiveSchema(run.access.tools, speakerOf(run).pod, { names: keyspaces }, run.signal);
  const own = [...journals.values()].flat().filter(({ id }) => id === undone.id);
  const ids = new Map(own.flatMap(({ tableIds = [] }) => [...tableIds]));
  const groups = planGroups(tables, live, { undone, resumed, ids, mixed: mixedTables(undone, journals) });
  await checkViewsAllowed(run, groups);
  const nodes: UndoNode[] = [];
  await onAllNodes(run.survey.nodes, async (node) => {
    nodes.push(await planNode(run, node, { undone, groups, journals }));
  });
  return {
    id: undoId,
    groups,
    nodes: nodes.toSorted((a, b) => (a.node.pod.name < b.node.pod.name ? -1 : 1)),
    isMerge: false,
    spread: new Set(),
    undone,
    resumed,
    left: undone.created,
  };
}

/** Pure. The tables as they are now, each with its views. */
export function planGroups(
  tables: readonly JournalTable[],
  live: LiveSchema,
  {
    undone,
    resumed,
    ids = new Map(),
    mixed = new Set(),
  }: {
    undone: JournalPlan;
    resumed: JournalPlan | undefined;
    /** By `keyspace.table`: of the tables that it has truncated. */
    ids?: ReadonlyMap<string, string>;
    /** Tables, as `keyspace.table`, to whose rows what their views held does not fit. */
    mixed?: ReadonlySet<string>;
  },
): readonly RestoreGroup[] {
  const restored = new Set((resumed ?? undone).tables.map(tableName));
  const rebuilt = new Set(resumed?.views?.map(nameOfView));
  const known = [...(resumed?.views ?? []), ...(undone.views ?? [])];
  return tables.map(({ keyspace, table }) => {
    const base = liveRestoreTable(live, keyspace, table);
    if (!base) {
      throw undoError(
        `${keyspace}.${table} was dropped since the restore`,
        'Its snapshots are on the nodes still (dropped and truncated ones): create the table with its id, and import them by hand.',
      );
    }
    const views = viewsOnTable({ keyspace, table }, live, known);
    const isRebuilt = (view: ViewStatement): boolean =>
      undone.isMerge === true ||
      mixed.has(`${keyspace}.${table}`) ||
      rebuilt.has(nameOfView(view)) ||
      undone.created.includes(nameOfView(view)) ||
      !findLiveTable(live, keyspace, view.view);
    const imported = views.filter((view) => !isRebuilt(view));
    const strange = imported.find((view) => !restored.has(nameOfView(view)));
    if (strange) {
      throw undoError(
        `View ${keyspace}.${strange.view} was made since the restore, and going back would empty it`,
        'Drop it, and create it again afterwards.',
      );
    }
    const tablesOfViews = imported.map(({ view }) => liveRestoreTable(live, keyspace, view) as RestoreTable);
    const other = [base, ...tablesOfViews].find((each) => isOther(ids.get(tableName(each)), each.liveId));
    if (other) {
      throw undoError(
        `${tableName(other)} was dropped and created again since the restore`,
        'Its snapshots lie in the directory of the old table still: import them by hand.',
      );
    }
    return { keyspace, tables: [base, ...tablesOfViews], rebuiltViews: views.filter(isRebuilt) };
  });
}

function nameOfView({ keyspace, view }: ViewStatement): string {
  return `${keyspace}.${view}`;
}

function isOther(then: string | undefined, now: string): boolean {
  return then !== undefined && then !== now;
}

async function planNode(
  run: RestoreRun,
  node: SurveyedNode,
  {
    undone,
    groups,
    journals,
  }: { undone: JournalPlan; groups: readonly RestoreGroup[]; journals: JournalsByPod },
): Promise<UndoNode> {
  const journal = journals.get(node.pod.name)?.find(({ id }) => id === undone.id);
  const tables = groups.flatMap((group) => group.tables);
  const snapshots = new Map(
    tables.map((table) => [
      tableName(table),
      snapshotsToBringBack(journal?.undo.get(tableName(table)) ?? []),
    ]),
  );
  const paths = tables.flatMap((table) =>
    (snapshots.get(tableName(table)) ?? []).flatMap((name) =>
      node.dataDirectories.map((directory) => ({
        table,
        directory,
        path: snapshotPath(directory, table, name),
      })),
    ),
  );
  const found = await listSnapshotFiles(
    run.access.tools,
    node.pod,
    paths.map(({ path }) => path),
    run.signal,
  );
  const files = new Map<string, TableFiles>();
  for (const table of tables) {
    if ((snapshots.get(tableName(table)) ?? []).length === 0) continue;
    const directories = new Map(
      paths.filter((each) => each.table === table).map(({ path, directory }) => [path, directory]),
    );
    const held = onceEach(found, directories);
    if (held.length === 0) throw lostSnapshot(node.pod.name, tableName(table));
    files.set(tableName(table), sumFiles(held, directories));
  }
  return { node, files, placement: (directory) => directory, snapshots };
}

/** Pure. Names of those that hold data. Of one that is but a part, all is in a whole one, and an SSTable of it may lack files. */
export function snapshotsToBringBack(snapshots: readonly UndoSnapshot[]): readonly string[] {
  const whole = snapshots.filter(({ isPart }) => !isPart);
  const chosen = whole.length > 0 ? whole : snapshots;
  return chosen.filter(({ holdsData }) => holdsData).map(({ name }) => name);
}

export function snapshotPath(dataDirectory: string, table: RestoreTable, name: string): string {
  return `${dataDirectory}/${tableDirectory(directoryOf(table))}/snapshots/${name}`;
}

/** Pure. Several snapshots of a table hold the same file, and each file comes back once. */
export function onceEach(
  found: readonly SnapshotFileSize[],
  directories: ReadonlyMap<string, string>,
): readonly SnapshotFileSize[] {
  const byPlace = new Map<string, SnapshotFileSize>();
  for (const each of found) {
    const directory = directories.get(each.snapshot);
    if (directory !== undefined) byPlace.set(`${directory}/${each.file}`, each);
  }
  return [...byPlace.values()];
}

function sumFiles(held: readonly SnapshotFileSize[], directories: ReadonlyMap<string, string>): TableFiles {
  const bytesByDirectory = new Map<string, number>();
  for (const { snapshot, sizeBytes } of held) {
    const directory = directories.get(snapshot) ?? '';
    bytesByDirectory.set(directory, (bytesByDirectory.get(directory) ?? 0) + sizeBytes);
  }
  return {
    files: held.length,
    bytes: held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    sstables: held.filter(({ file }) => isData(file)).length,
    largestBytes: 0,
    bytesByDirectory,
    formats: new Set(),
  };
}

function lostSnapshot(pod: string, table: string): CainError {
  return undoError(
    `The snapshots of ${table} are gone from ${pod}, or the table was created anew since`,
    'What they held can only come from a backup.',
  );
}

function undoError(message: string, hint: string): CainError {
  return new CainError('CAIN_RESTORE_UNDO', message, { hint: `Nothing was changed. ${hint}` });
}
