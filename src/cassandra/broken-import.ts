import type { CassandraPod } from '../kubernetes/pods.ts';
import type { TableImport } from './import.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { linesOf, parseIdentities, type SstableIdentity, sstableFunctions } from './sstable-identity.ts';

const inspectBody = `
journal=$1 keyspace=$2 table=$3 live=$4
shift 4
name=$keyspace.$table
${journalFunctions}${sstableFunctions}
alone
rm -f -- "$journal/running"
section missing
[ -f "$journal/tables/$name.sstables" ] || exit 0
count=0
for directory; do
  count=$((count + 1))
  [ "$count" -le "$live" ] || break
  sstables "$directory" || exit
done > "$journal/scratch/found"
sort "$journal/scratch/found" | comm -23 "$journal/tables/$name.sstables" -
section staged
shift "$live"
for directory; do
  cd "$directory" 2>/dev/null || continue
  set -- *
  [ -e "$1" ] || continue
  stat --printf "%s\\t$directory/%n\\n" -- "$@" || exit
done
`;

export interface ImportState {
  /** SSTables that were to be imported and are not in the table. */
  readonly missing: readonly SstableIdentity[];
  /** Sizes of the files in the staging, by path. */
  readonly staged: ReadonlyMap<string, number>;
}

/** How far an import that broke off had come. */
export async function inspectImport(
  tools: PodTools,
  pod: CassandraPod,
  { journal, keyspace, table, liveDirectories, stagingDirectories }: TableImport,
  signal: AbortSignal,
): Promise<ImportState> {
  const args = [
    journal,
    keyspace,
    table,
    String(liveDirectories.length),
    ...liveDirectories,
    ...stagingDirectories,
  ];
  const call = { purpose: 'Looking at a broken import', body: inspectBody, args, signal };
  const sections = await tools.run(pod, call);
  const staged = linesOf(sections.get('staged')?.[0] ?? '').map((line) => {
    const tab = line.indexOf('\t');
    return [line.slice(tab + 1), Number(line.slice(0, tab))] as const;
  });
  return { missing: parseIdentities(sectionOf(sections, 'missing')), staged: new Map(staged) };
}

/**
 * Scripts are found by an argument of theirs: those of a restore have its journal. Their own traps end nodetool and turn automatic compaction on;
 * this waits until they have.
 */
const stopBody = `
mark=$1
find_scripts() {
  scripts=
  for process in /proc/[0-9]*; do
    [ "$process" != "/proc/$$" ] && grep -aqF -- "$mark" "$process/cmdline" 2>/dev/null || continue
    scripts="$scripts \${process#/proc/}"
  done
}
find_scripts
[ -z "$scripts" ] || kill -TERM $scripts 2>/dev/null
while [ -n "$scripts" ]; do
  sleep 0.2
  find_scripts
done
section stopped
`;

/** Ends what an earlier call of this restore may still be doing on the node: closing the connection did not. */
export async function stopScripts(
  tools: PodTools,
  pod: CassandraPod,
  mark: string,
  signal: AbortSignal,
): Promise<void> {
  const call = { purpose: 'Stopping the import', body: stopBody, args: [mark], signal };
  sectionOf(await tools.run(pod, call), 'stopped');
}
