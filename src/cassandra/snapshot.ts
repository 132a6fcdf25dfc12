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
name=$2 ttl=$3
shift 3
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
  // The first word tells those who clear that this script is at work.
  const args = ['snapshot', snapshotName(tag), ttl, '--', ...keyspaces];
  const sections = await tools.run(pod, {
    purpose: 'Taking the snapshot',
    body: takeBody,
    args,
    signal,
    isRepeatable: false,
  });
  sectionOf(sections, 'taken');
}

/** As long as a flush may take; the clean-up of a run has no more time. */
const longestTakingSeconds = 60;

/**
 * Clears by exact name, then looks: clearsnapshot exits 0 for a name that it does not know. A connection that was cut
 * did not end the taking of a snapshot, which would come after its clearing: that is waited for. Tags come first in
 * the arguments, the data directories after "--".
 */
const clearBody = `
is_taken() {
  for process in $(grep -lazxF -- snapshot /proc/[0-9]*/cmdline 2>/dev/null); do
    grep -azqxF -- "$1" "$process" 2>/dev/null && return
  done
  return 1
}
waited=0
for name; do
  [ "$name" = -- ] && break
  while is_taken "$name" && [ "$waited" -lt ${longestTakingSeconds} ]; do waited=$((waited + 1)); sleep 1; done
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
