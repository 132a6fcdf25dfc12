import type { CassandraPod } from '../kubernetes/pods.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { unreadableOutput } from './unreadable.ts';

/** A snapshot of a table below one data directory, and where its files are to wait for their import. */
export interface SnapshotPlace {
  /** `<data directory>/<keyspace>/<table-id>/snapshots/<name>` */
  readonly snapshot: string;
  readonly staging: string;
}

export interface SnapshotFileSize {
  readonly snapshot: string;
  readonly file: string;
  readonly sizeBytes: number;
}

const listBody = `
size=$1
section files
head -c "$size" | while IFS= read -r directory; do
  cd "$directory" 2>/dev/null || continue
  for file in *-big-* *-bti-*; do
    [ -f "$file" ] && stat --printf "$directory\\t%n\\t%s\\n" -- "$file"
  done
done
exit 0
`;

/** The SSTable components in these snapshots; one that is not there has none. One exec call. */
export async function listSnapshotFiles(
  tools: PodTools,
  pod: CassandraPod,
  snapshots: readonly string[],
  signal: AbortSignal,
): Promise<readonly SnapshotFileSize[]> {
  if (snapshots.length === 0) return [];
  const input = Buffer.from(snapshots.map((path) => `${path}\n`).join(''));
  const args = [String(input.length)];
  const call = { purpose: 'Looking at the undo snapshots', body: listBody, args, input, signal };
  const lines = sectionOf(await tools.run(pod, call), 'files').split('\n');
  return lines.filter((line) => line !== '').map(parseFile);
}

function parseFile(line: string): SnapshotFileSize {
  const [snapshot = '', file = '', size = ''] = line.split('\t');
  if (!file || !/^\d+$/.test(size)) throw unreadableOutput('stat', line);
  return { snapshot, file, sizeBytes: Number(size) };
}

/**
 * Lines: snapshot, tab, staging. Both lie on one volume: a link takes no room, and import moves it. An SSTable that is in
 * several snapshots is linked once: its Data.db is one file then, its Statistics.db need not be (repair replaces it).
 */
const linkBody = `
journal=$1 size=$2
${journalFunctions}
alone
tab=$(printf '\\t')
head -c "$size" | while IFS=$tab read -r snapshot staging; do
  [ -d "$snapshot" ] || continue
  cd "$snapshot" || exit
  for file in *-big-* *-bti-*; do
    [ -f "$file" ] || continue
    [ "$file" -ef "$staging/$file" ] && continue
    [ -e "$staging/$file" ] && [ "\${file%-*}-Data.db" -ef "$staging/\${file%-*}-Data.db" ] && continue
    ln -- "$file" "$staging/$file" || exit
  done
done || exit
rm -f -- "$journal/running"
section linked
`;

/** Links what the snapshots hold into the staging, which must be there. May be called again. */
export async function linkSnapshots(
  tools: PodTools,
  pod: CassandraPod,
  { journal, places }: { journal: string; places: readonly SnapshotPlace[] },
  signal: AbortSignal,
): Promise<void> {
  if (places.length === 0) return;
  const input = Buffer.from(places.map(({ snapshot, staging }) => `${snapshot}\t${staging}\n`).join(''));
  const args = [journal, String(input.length)];
  const call = { purpose: 'Linking the undo snapshots', body: linkBody, args, input, signal };
  sectionOf(await tools.run(pod, call), 'linked');
}
