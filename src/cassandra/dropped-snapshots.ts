import type { CassandraPod } from '../kubernetes/pods.ts';
import type { NamedSnapshot } from './clean-restore.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

const listBody = `
size=$1
shift
section snapshots
head -c "$size" | while read -r keyspace view; do
  for directory; do
    for snapshot in "$directory/$keyspace/$view"-*/snapshots/dropped-[0-9]*-"$view"; do
      [ -d "$snapshot" ] && printf '%s %s\\n' "$keyspace" "\${snapshot##*/}"
    done
  done
done
exit 0
`;

/** The automatic snapshots that drops of these tables or views left on one node: `dropped-<ms>-<name>`. */
export async function listDroppedSnapshots(
  tools: PodTools,
  pod: CassandraPod,
  {
    views,
    dataDirectories,
  }: {
    views: ReadonlyArray<{ readonly keyspace: string; readonly view: string }>;
    dataDirectories: readonly string[];
  },
  signal: AbortSignal,
): Promise<readonly NamedSnapshot[]> {
  const input = Buffer.from(views.map(({ keyspace, view }) => `${keyspace} ${view}\n`).join(''));
  const args = [String(input.length), ...dataDirectories];
  const call = { purpose: 'Looking for snapshots of drops', body: listBody, args, input, signal };
  const lines = sectionOf(await tools.run(pod, call), 'snapshots').split('\n');
  const found = new Map(
    lines.flatMap((line) => {
      const [keyspace, name] = line.split(' ');
      return keyspace && name ? [[line, { keyspace, name }] as const] : [];
    }),
  );
  return [...found.values()];
}
