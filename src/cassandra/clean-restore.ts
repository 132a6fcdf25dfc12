import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { restoreDirectoryName, restoreRoot } from './restore-paths.ts';

export interface NamedSnapshot {
  readonly keyspace: string;
  readonly name: string;
}

const clearBody = `
take "$1"
shift
printf %s "$taken" | while read -r keyspace name; do
  nodetool_ clearsnapshot -t "$name" -- "$keyspace" >&2 || exit
done || exit
section left
printf %s "$taken" | while read -r keyspace name; do
  for directory; do
    for snapshot in "$directory/$keyspace"/*/snapshots/"$name"; do
      [ -d "$snapshot" ] && printf '%s\\n' "$snapshot"
    done
  done
done
exit 0
`;

/** Clears snapshots by their exact names on one node, and proves that they are gone. */
export async function clearNamedSnapshots(
  tools: PodTools,
  pod: CassandraPod,
  { snapshots, dataDirectories }: { snapshots: readonly NamedSnapshot[]; dataDirectories: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const lines = new Set(snapshots.map(({ keyspace, name }) => `${keyspace} ${name}\n`));
  if (lines.size === 0) return;
  const input = Buffer.from([...lines].join(''));
  const args = [String(input.length), ...dataDirectories];
  const call = { purpose: 'Clearing the undo snapshots', body: clearBody, args, input, signal };
  const left = sectionOf(await tools.run(pod, call), 'left').trim();
  if (left === '') return;
  const message = `Snapshots are still there after clearsnapshot in pod ${pod.name}: ${left.split('\n')[0]}`;
  throw new CainError('CAIN_EXEC_FAILED', message, { retryable: true });
}

/** Pairs of arguments: what a restore keeps below a data directory, and the parent of that, which goes when it is empty. */
const removeBody = `
while [ $# -gt 0 ]; do
  rm -rf -- "$1" || exit
  rmdir -- "$2" 2>/dev/null
  shift 2
done
section removed
`;

/** Removes all that a restore keeps on one node, its journal included; not the snapshots. */
export async function removeRestore(
  tools: PodTools,
  pod: CassandraPod,
  { id, dataDirectories }: { id: string; dataDirectories: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const args = dataDirectories.flatMap((directory) => [
    restoreRoot(directory, id),
    `${directory}/${restoreDirectoryName}`,
  ]);
  sectionOf(
    await tools.run(pod, { purpose: 'Removing a restore', body: removeBody, args, signal }),
    'removed',
  );
}
