import type { CassandraPod } from '../kubernetes/pods.ts';
import { quoteIdentifier } from './cql.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { restoreDirectoryName, restoreRoot } from './restore-paths.ts';
import { runStatements } from './run-statements.ts';
import { isDrillKeyspace } from './scratch-keyspaces.ts';

/** Drops scratch keyspaces, and nothing that is none: it would be unforgivable. */
export async function dropKeyspaces(
  tools: PodTools,
  pod: CassandraPod,
  keyspaces: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const statements = keyspaces
    .filter(isDrillKeyspace)
    .map((keyspace) => `DROP KEYSPACE IF EXISTS ${quoteIdentifier(keyspace)}`);
  if (statements.length > 0) await runStatements(tools, pod, statements, signal);
}

/** Pairs of arguments: what is to go, and its parent, which goes when it is empty ("" = it stays). */
const clearBody = `
while [ $# -gt 0 ]; do
  rm -rf -- "$1" || exit
  [ -z "$2" ] || rmdir -- "$2" 2>/dev/null
  shift 2
done
section cleared
`;

/** After the keyspaces were dropped: their directories, with the snapshots that the drop caused, and the drills' own. */
export async function clearDrill(
  tools: PodTools,
  pod: CassandraPod,
  {
    keyspaces,
    ids,
    dataDirectories,
  }: { keyspaces: readonly string[]; ids: readonly string[]; dataDirectories: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const args = dataDirectories.flatMap((directory) => [
    ...keyspaces.filter(isDrillKeyspace).flatMap((keyspace) => [`${directory}/${keyspace}`, '']),
    ...ids.flatMap((id) => [restoreRoot(directory, id), `${directory}/${restoreDirectoryName}`]),
  ]);
  const call = { purpose: 'Clearing the drill', body: clearBody, args, signal };
  sectionOf(await tools.run(pod, call), 'cleared');
}
