import type { CassandraPod } from '../kubernetes/pods.ts';
import { quoteIdentifier } from './cql.ts';
import type { TableState } from './journal.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/** A table that is about to be truncated, with its base table or by itself. */
export interface TruncatedTable {
  readonly keyspace: string;
  readonly table: string;
  /** Its directory below each data directory of this node. */
  readonly directories: readonly string[];
}

interface Truncation<Table extends TruncatedTable> {
  readonly journal: string;
  readonly undoSnapshot: string;
  readonly tables: readonly Table[];
}

/** The journal, the undo snapshot, then groups: keyspace, table, one more word, directories, "--". */
function argumentsOf<Table extends TruncatedTable>(
  { journal, undoSnapshot, tables }: Truncation<Table>,
  wordOf: (table: Table) => string,
): readonly string[] {
  const groups = tables.flatMap((table) => [
    table.keyspace,
    table.table,
    wordOf(table),
    ...table.directories,
    '--',
  ]);
  return [journal, undoSnapshot, ...groups];
}

const forEachTable = `
snapshots() {
  while [ "$1" != -- ]; do
    for snapshot in "$1"/snapshots/*; do [ -d "$snapshot" ] && printf '%s\\n' "\${snapshot##*/}"; done
    shift
  done | sort -u
}
next_table() { while [ "$1" != -- ]; do shift; skipped=$((skipped + 1)); done; }
`;

const beginBody = `
journal=$1 undo=$2
shift 2
${journalFunctions}${forEachTable}
alone
while [ $# -gt 0 ]; do
  keyspace=$1 table=$2 takes_own=$3
  shift 3
  snapshots "$@" > "$journal/scratch/listed" || exit
  [ -f "$journal/tables/$keyspace.$table.before" ] || put "tables/$keyspace.$table.before" < "$journal/scratch/listed" || exit
  if [ "$takes_own" = yes ]; then
    own=$undo count=1
    while grep -qxF -- "$own" "$journal/scratch/listed"; do count=$((count + 1)); own=$undo.$count; done
    nodetool_ snapshot -t "$own" -kt "$keyspace.$table" >&2 || exit
  fi
  printf '%s\\n' "\${1##*-}" | put "tables/$keyspace.$table.id" || exit
  record "$keyspace.$table" truncating || exit
  skipped=1
  next_table "$@"
  shift "$skipped"
done
section begun
`;

/**
 * Journals that these tables are to be truncated, after it noted the snapshots that they have. Tables of which
 * Cassandra takes no snapshot by itself get one of ours. Called again it keeps what it noted the first time, and takes a
 * further snapshot: hours may have gone by, and nobody knows whether a truncate that broke off has come about, so that
 * the first one may hold what no other does.
 */
export async function beginTruncation(
  tools: PodTools,
  pod: CassandraPod,
  truncation: Truncation<TruncatedTable & { readonly takesOwnSnapshot: boolean }>,
  signal: AbortSignal,
): Promise<void> {
  const args = argumentsOf(truncation, ({ takesOwnSnapshot }) => (takesOwnSnapshot ? 'yes' : 'no'));
  const call = { purpose: 'Journalling the truncate', body: beginBody, args, signal };
  sectionOf(await tools.run(pod, call), 'begun');
}

/** A stop waits for the end of a TRUNCATE: one that comes through after an import would take what was imported. */
const truncateBody = `
journal=$1
${journalFunctions}
alone
trap : HUP INT TERM PIPE
cqlsh_ "$2" >&2 || exit
section truncated
`;

/** Truncates a table, and its views with it, in the whole cluster. Not repeatable. */
export async function truncateTable(
  tools: PodTools,
  pod: CassandraPod,
  { journal, keyspace, table }: { journal: string; keyspace: string; table: string },
  signal: AbortSignal,
): Promise<void> {
  const statement = `TRUNCATE ${quoteIdentifier(keyspace)}.${quoteIdentifier(table)};`;
  const purpose = `Truncating ${keyspace}.${table}`;
  const call = { purpose, body: truncateBody, args: [journal, statement], signal, isRepeatable: false };
  sectionOf(await tools.run(pod, call), 'truncated');
}

const endBody = `
journal=$1 undo=$2
shift 2
${journalFunctions}${forEachTable}
alone
while [ $# -gt 0 ]; do
  keyspace=$1 table=$2 state=$3
  shift 3
  snapshots "$@" > "$journal/scratch/now" || exit
  # Of snapshots that were not noted before nobody can tell whose they are.
  [ -f "$journal/tables/$keyspace.$table.before" ] || put "tables/$keyspace.$table.before" < "$journal/scratch/now" || exit
  comm -13 "$journal/tables/$keyspace.$table.before" "$journal/scratch/now" > "$journal/scratch/listed" || exit
  while read -r name; do
    case $name in truncated-[0-9]*-"$table" | "$undo" | "$undo".[0-9]*) ;; *) continue ;; esac
    full=no part=' part'
    for directory; do
      [ "$directory" != -- ] || break
      for data in "$directory/snapshots/$name"/*-Data.db; do [ -e "$data" ] && full=yes; break; done
      # Cassandra writes it last, and truncates after that.
      [ -e "$directory/snapshots/$name/manifest.json" ] && part=
    done
    printf '%s %s\\n' "$name" "$full$part"
  done < "$journal/scratch/listed" > "$journal/scratch/undo"
  put "tables/$keyspace.$table.undo" < "$journal/scratch/undo" || exit
  record "$keyspace.$table" "$state" || exit
  skipped=1
  next_table "$@"
  shift "$skipped"
done
section ended
`;

/** Journals that the tables were truncated (or a later state), and the snapshots that this caused. */
export async function endTruncation(
  tools: PodTools,
  pod: CassandraPod,
  truncation: Truncation<TruncatedTable & { readonly state: TableState }>,
  signal: AbortSignal,
): Promise<void> {
  const args = argumentsOf(truncation, ({ state }) => state);
  const call = { purpose: 'Journalling that the table is empty', body: endBody, args, signal };
  sectionOf(await tools.run(pod, call), 'ended');
}
