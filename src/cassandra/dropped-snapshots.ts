import type { CassandraPod } from '../kubernetes/pods.ts';
import type { NamedSnapshot } from './clean-restore.ts';
import type { ViewStatement } from './journal.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/** `<keyspace>.<table>.drops` in the journal: the snapshots of drops that were there before the restore's own. */
const listBody = `
journal=$1 table=$2 size=$3
shift 3
${journalFunctions}
mkdir -p "$journal/scratch" || exit
alone
take "$size"
printf %s "$taken" > "$journal/scratch/views" || exit
while read -r keyspace view; do
  for directory; do
    for snapshot in "$directory/$keyspace/$view"-*/snapshots/dropped-[0-9]*-"$view"; do
      [ -d "$snapshot" ] && printf '%s %s\\n' "$keyspace" "\${snapshot##*/}"
    done
  done
done < "$journal/scratch/views" | sort -u > "$journal/scratch/drops"
[ -f "$journal/tables/$table.drops" ] || put "tables/$table.drops" < "$journal/scratch/drops" || exit
section snapshots
comm -13 "$journal/tables/$table.drops" "$journal/scratch/drops" || exit
`;

export interface DropsOfViews {
  readonly journal: string;
  /** `keyspace.table` that the views are on. */
  readonly table: string;
  readonly views: readonly ViewStatement[];
  readonly dataDirectories: readonly string[];
}

/**
 * The automatic snapshots (`dropped-<ms>-<name>`) that drops of these views left on one node since it was asked for the first time
 * under this journal: before the first drop, so that a run that dies after it leaves nothing that nobody knows.
 */
export async function listNewDrops(
  tools: PodTools,
  pod: CassandraPod,
  { journal, table, views, dataDirectories }: DropsOfViews,
  signal: AbortSignal,
): Promise<readonly NamedSnapshot[]> {
  const input = Buffer.from(views.map(({ keyspace, view }) => `${keyspace} ${view}\n`).join(''));
  const args = [journal, table, String(input.length), ...dataDirectories];
  const call = { purpose: 'Looking for snapshots of drops', body: listBody, args, input, signal };
  const lines = sectionOf(await tools.run(pod, call), 'snapshots').split('\n');
  return lines.flatMap((line) => {
    const [keyspace, name] = line.split(' ');
    return keyspace && name ? [{ keyspace, name }] : [];
  });
}
