import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/** Longer than any run may last: a safety net for snapshots that nobody comes back to clear (4.1 and later). */
const snapshotTtl = '48h';

export function snapshotName(tag: string): string {
  return `cain-${tag}`;
}

/** nodetool tells usage errors on stdout: both streams go where errors are read from. */
const takeBody = `
name=$1 ttl=$2
shift 2
[ -z "$ttl" ] || set -- --ttl "$ttl" "$@"
nodetool_ snapshot -t "$name" "$@" >&2 || exit
section taken
`;

/** Flushes and snapshots these keyspaces on one node. Not repeatable: the second time the tag exists. */
export async function takeSnapshot(
  tools: PodTools,
  pod: CassandraPod,
  { tag, keyspaces, releaseVersion }: { tag: string; keyspaces: readonly string[]; releaseVersion: string },
  signal: AbortSignal,
): Promise<void> {
  const ttl = releaseVersion.startsWith('4.0') ? '' : snapshotTtl;
  const args = [snapshotName(tag), ttl, '--', ...keyspaces];
  const sections = await tools.run(pod, {
    purpose: 'Taking the snapshot',
    body: takeBody,
    args,
    signal,
    isRepeatable: false,
  });
  sectionOf(sections, 'taken');
}

/**
 * Clears by exact name, then looks: clearsnapshot exits 0 for a name that it does not know. Tags come first in
 * the arguments, the data directories after "--".
 */
const clearBody = `
for name; do
  [ "$name" = -- ] && break
  nodetool_ clearsnapshot -t "$name" >&2 || exit
done
section left
tags=
while [ "$1" != -- ]; do tags="$tags $1"; shift; done
shift
for directory; do
  for name in $tags; do
    for snapshot in "$directory"/*/*/snapshots/"$name"; do
      [ -d "$snapshot" ] && printf '%s\\n' "$snapshot"
    done
  done
done
exit 0
`;

/** Clears the snapshots of these tags on one node, and proves that they are gone. */
export async function clearSnapshots(
  tools: PodTools,
  pod: CassandraPod,
  { tags, dataDirectories }: { tags: readonly string[]; dataDirectories: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  if (tags.length === 0) return;
  const args = [...tags.map(snapshotName), '--', ...dataDirectories];
  const sections = await tools.run(pod, { purpose: 'Clearing snapshots', body: clearBody, args, signal });
  const left = sectionOf(sections, 'left')
    .split('\n')
    .filter((line) => line !== '');
  if (left.length > 0) {
    throw new CainError(
      'CAIN_EXEC_FAILED',
      `Snapshots are still there after clearsnapshot in pod ${pod.name}: ${left[0]}`,
      {
        hint: `Run \`nodetool clearsnapshot -t ${snapshotName(tags[0] ?? '')}\` in that pod and read its log.`,
        retryable: true,
      },
    );
  }
}
