import type { CassandraPod } from '../kubernetes/pods.ts';
import { compactionFunctions } from './compaction.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { linesOf, parseIdentities, type SstableIdentity, sstableFunctions } from './sstable-identity.ts';

/** A table of one node, ready to be imported. */
export interface TableImport {
  readonly journal: string;
  readonly keyspace: string;
  readonly table: string;
  /** How many SSTables were staged; another number is never imported. */
  readonly sstables: number;
  /** Import reads every Data.db once: what does for other calls ends that of a large table, after its truncate. */
  readonly limitMs: number;
  /** False where the schema turns automatic compaction off: then it is left alone. */
  readonly togglesCompaction: boolean;
  readonly liveDirectories: readonly string[];
  readonly stagingDirectories: readonly string[];
}

export interface ImportProof {
  /** Data.db files that still lie in the staging. */
  readonly left: readonly string[];
  /** SSTables that were staged and are not in the table. */
  readonly missing: readonly SstableIdentity[];
}

/** Arguments: …, the limit in seconds, the number of live directories, those, then the staging directories. */
const importBody = `
journal=$1 keyspace=$2 table=$3 expected=$4 toggles=$5 patience=$6 live=$7
shift 7
name=$keyspace.$table
${journalFunctions}${sstableFunctions}${compactionFunctions}
alone
child=
toggled=
finish() {
  rc=$?
  trap - EXIT HUP INT TERM PIPE
  [ -z "$child" ] || { kill -TERM "$child" 2>/dev/null; wait "$child" 2>/dev/null; }
  [ -z "$toggled" ] || compaction_on "$name" || { [ "$rc" != 0 ] || rc=77; }
  rm -f -- "$journal/running"
  ending
  exit "$rc"
}
trap finish EXIT
trap 'exit 143' HUP INT TERM PIPE
wanted=$journal/tables/$name.sstables
if ! [ -f "$wanted" ]; then
  ( shift "$live"; sstables "$@" ) | sort > "$journal/scratch/staged" || exit
  staged=$(wc -l < "$journal/scratch/staged")
  if [ "$staged" -ne "$expected" ]; then
    echo "error: $staged of $expected SSTables of $name are staged" >&2
    exit 76
  fi
  put "tables/$name.sstables" < "$journal/scratch/staged" || exit
fi
record "$name" importing || exit
if [ "$toggles" = yes ]; then
  toggled=yes
  put "tables/$name.off" </dev/null || exit
  nodetool_ disableautocompaction -- "$keyspace" "$table" >&2 || exit
fi
if [ -n "$(shift "$live"; left "$@")" ]; then
  ( shift "$live"; guard="exec \${guard:+timeout -k 10 $patience}"; nodetool_ import --no-tokens -- "$keyspace" "$table" "$@" ) >&2 &
  child=$!
  wait "$child" || { rc=$?; child=; exit "$rc"; }
  child=
fi
section left
( shift "$live"; left "$@" ) | tee "$journal/scratch/left"
section missing
count=0
for directory; do
  count=$((count + 1))
  [ "$count" -le "$live" ] || break
  sstables "$directory" || exit
done > "$journal/scratch/found"
sort "$journal/scratch/found" | comm -23 "$wanted" - | tee "$journal/scratch/missing"
[ -s "$journal/scratch/left" ] || [ -s "$journal/scratch/missing" ] || record "$name" imported
`;

/**
 * Moves the staged SSTables of a table into it and proves it: nothing is left in the staging, and each is found in
 * the table's directories while automatic compaction is off. Only then the journal says "imported". May be called
 * again at any time: what is in the table already is not imported twice.
 */
export async function importTable(
  tools: PodTools,
  pod: CassandraPod,
  {
    journal,
    keyspace,
    table,
    sstables,
    limitMs,
    togglesCompaction,
    liveDirectories,
    stagingDirectories,
  }: TableImport,
  signal: AbortSignal,
): Promise<ImportProof> {
  const args = [
    journal,
    keyspace,
    table,
    String(sstables),
    togglesCompaction ? 'yes' : 'no',
    String(Math.ceil(limitMs / 1000)),
    String(liveDirectories.length),
    ...liveDirectories,
    ...stagingDirectories,
  ];
  const purpose = `Importing ${keyspace}.${table}`;
  const sections = await tools.run(pod, { purpose, body: importBody, args, signal, limitMs });
  return {
    left: linesOf(sectionOf(sections, 'left')),
    missing: parseIdentities(sectionOf(sections, 'missing')),
  };
}
