import { type CassandraProcess, permissionsIn } from '../../cassandra/cassandra-process.ts';
import { lookAtTables, type Ownership } from '../../cassandra/live-tables.ts';
import {
  restoreDirectoryName,
  restoreRoot,
  stagingDirectory,
  tableDirectory,
} from '../../cassandra/restore-paths.ts';
import { prepareStaging, type StagingDirectory } from '../../cassandra/staging.ts';
import { CainError } from '../../errors.ts';
import { allTables, type ImportNode, type ImportPlan, type RestoreTable } from './restore-plan.ts';
import type { RestoreRun } from './restore-run.ts';

/**
 * Makes the staging directories of one node, each with owner and mode of its table's, and proves that Cassandra's
 * own user may move files out of them. Gives the owner of each table. Throws CAIN_RESTORE_REHEARSAL.
 */
export async function prepareNode(
  run: RestoreRun,
  plan: ImportPlan,
  { node, folders }: ImportNode,
): Promise<(table: RestoreTable) => Ownership> {
  const { tools } = run.access;
  const { pod, dataDirectories } = node;
  const tables = allTables(plan.groups);
  const found = await lookAtTables(
    tools,
    pod,
    { tables: tables.map(directoryOf), dataDirectories },
    run.signal,
  );
  const anyOwner = [...found.values()][0]?.[0];
  const ownerOf = (table: RestoreTable): Ownership => {
    const owner = found.get(tableDirectory(directoryOf(table)))?.[0] ?? anyOwner;
    if (owner) return owner;
    throw new CainError('CAIN_RESTORE_REHEARSAL', `Pod ${pod.name} has no directory for any of the tables`, {
      hint: 'The data directories are not those of this server. See CAIN_CASSANDRA_DATA_DIR.',
    });
  };
  const wanted = dataDirectories.flatMap((directory) =>
    stagingTree({ directory, restoreId: plan.id, folders }, tables, ownerOf),
  );
  const { directories, cassandra } = await prepareStaging(tools, pod, wanted, run.signal).catch(
    (error: unknown) => {
      run.signal.throwIfAborted();
      throw unpreparedError(pod.name, error);
    },
  );
  if (cassandra) checkPermissions(pod.name, cassandra, directories);
  else
    run.context.log.debug('Cassandra does not show in /proc; the rehearsal is the proof', { pod: pod.name });
  return ownerOf;
}

export function directoryOf({ keyspace, table, liveId }: RestoreTable) {
  return { keyspace, table, tableId: liveId };
}

/** Parents before their children. */
function stagingTree(
  place: {
    readonly directory: string;
    readonly restoreId: string;
    readonly folders?: readonly string[] | undefined;
  },
  tables: readonly RestoreTable[],
  ownerOf: (table: RestoreTable) => Ownership,
): readonly StagingDirectory[] {
  const [first] = tables;
  if (!first) return [];
  const { directory, restoreId, folders = [undefined] } = place;
  const root = restoreRoot(directory, restoreId);
  const tree = new Map([
    [`${directory}/${restoreDirectoryName}`, ownerOf(first)],
    [root, ownerOf(first)],
  ]);
  for (const folder of folders) {
    if (folder !== undefined) tree.set(`${root}/${folder}`, ownerOf(first));
    for (const table of tables) {
      const path = stagingDirectory(directory, restoreId, directoryOf(table), folder);
      const parent = path.slice(0, path.lastIndexOf('/'));
      if (!tree.has(parent)) tree.set(parent, ownerOf(table));
      tree.set(path, ownerOf(table));
    }
  }
  return [...tree].map(([path, { uid, gid, mode }]) => ({ path, uid, gid, mode }));
}

function checkPermissions(
  pod: string,
  cassandra: CassandraProcess,
  directories: readonly StagingDirectory[],
): void {
  const closed = directories.find((directory) => {
    const { write, search } = permissionsIn(cassandra, directory);
    return !write || !search;
  });
  if (!closed) return;
  const { path, uid, gid, mode } = closed;
  throw new CainError(
    'CAIN_RESTORE_REHEARSAL',
    `Cassandra on ${pod} runs as user ${cassandra.uid} and may not move files out of ${path} (owner ${uid}:${gid}, mode ${mode.toString(8)})`,
    {
      hint: 'Exec must enter the container as root or as the user of Cassandra, and the table directories must be writable for it.',
    },
  );
}

function unpreparedError(pod: string, cause: unknown): unknown {
  if (!(cause instanceof CainError) || cause.code !== 'CAIN_EXEC_FAILED') return cause;
  return new CainError(
    'CAIN_RESTORE_REHEARSAL',
    `The staging on ${pod} can't be prepared: ${cause.message}`,
    {
      hint: 'Exec must enter the container as root or as the user of Cassandra, and the data directories must be writable.',
      cause,
    },
  );
}
