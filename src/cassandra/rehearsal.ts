import type { CassandraPod } from '../kubernetes/pods.ts';
import { quoteString } from './cql.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/** Made for the rehearsal and dropped after it. */
export const rehearsalKeyspace = 'cain_rehearsal';

const setUpBody = `
cqlsh_ "$1" || exit
section ready
`;

/**
 * Makes a table that lies on every node and holds one row; one that a killed run left is dropped first. Data centres
 * come with the number of their nodes.
 */
export async function setUpRehearsal(
  tools: PodTools,
  pod: CassandraPod,
  nodesByDataCenter: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const factors = [...nodesByDataCenter].map(([name, nodes]) => `, ${quoteString(name)}: ${nodes}`).join('');
  const statements = [
    `DROP KEYSPACE IF EXISTS ${rehearsalKeyspace};`,
    `CREATE KEYSPACE ${rehearsalKeyspace} WITH replication = {'class': 'NetworkTopologyStrategy'${factors}};`,
    `CREATE TABLE ${rehearsalKeyspace}.probe (id int PRIMARY KEY) WITH compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': 'false'};`,
    'CONSISTENCY ALL;',
    `INSERT INTO ${rehearsalKeyspace}.probe (id) VALUES (1);`,
  ];
  const call = { purpose: 'Preparing the rehearsal', body: setUpBody, args: [statements.join(' ')], signal };
  sectionOf(await tools.run(pod, call), 'ready');
}

/** Arguments: number of data directories, those, the staging directories in the same order. */
const rehearseBody = `
directories=$1
shift
count() { if [ -e "$1" ]; then counted=$#; else counted=0; fi; }
nodetool_ flush -- ${rehearsalKeyspace} probe >&2 || exit
live=
number=0
for directory; do
  number=$((number + 1))
  [ "$number" -le "$directories" ] || break
  for table in "$directory"/${rehearsalKeyspace}/probe-*; do
    count "$table"/*-Data.db
    [ "$counted" -eq 0 ] || live=$table
  done
done
[ -n "$live" ] || { echo "error: the row of the rehearsal was not flushed to the data directories" >&2; exit 78; }
total() {
  total=0
  number=0
  for directory; do
    number=$((number + 1))
    [ "$number" -le "$directories" ] || break
    for table in "$directory"/${rehearsalKeyspace}/"\${live##*/}"; do
      count "$table"/*-Data.db
      total=$((total + counted))
    done
  done
}
total "$@"
before=$total
cd "$live" || exit
owner=$(stat --printf '%u:%g' -- "$live") && mode=$(stat --printf '%a' -- "$live") || exit
( shift "$directories"
  for staging; do
    rm -rf -- "$staging" && mkdir -p -- "$staging" || exit
    for file in *-big-* *-bti-*; do
      [ -f "$file" ] || continue
      ln -- "$file" "$staging/$file" 2>/dev/null || cp -p -- "$file" "$staging/$file" || exit
    done
    parent=\${staging%/*}
    if [ "$(id -u)" = 0 ]; then
      chown -R "$owner" -- "$staging" && chown "$owner" -- "$parent" "\${parent%/*}" || exit
    fi
    chmod "$mode" -- "$staging" "$parent" "\${parent%/*}" || exit
  done
) || exit
( shift "$directories"; nodetool_ import --no-tokens -- ${rehearsalKeyspace} probe "$@" ) >&2 || exit
section left
( shift "$directories"
  for staging; do
    for data in "$staging"/*-Data.db; do [ -e "$data" ] && printf '%s\\n' "$data"; done
    rm -rf -- "$staging"
  done
)
total "$@"
section imported
echo $((total - before))
`;

export interface Rehearsal {
  readonly dataDirectories: readonly string[];
  /** One on each data volume. */
  readonly stagingDirectories: readonly string[];
}

export interface RehearsalOutcome {
  /** Data.db files that the import left in the staging. */
  readonly left: readonly string[];
  /** SSTables that came into the table. */
  readonly imported: number;
}

/** Links one SSTable of the scratch table into the staging (copies it to other volumes) and imports it from there. */
export async function rehearseImport(
  tools: PodTools,
  pod: CassandraPod,
  { dataDirectories, stagingDirectories }: Rehearsal,
  signal: AbortSignal,
): Promise<RehearsalOutcome> {
  const args = [String(dataDirectories.length), ...dataDirectories, ...stagingDirectories];
  const call = { purpose: 'Rehearsing an import', body: rehearseBody, args, signal };
  const sections = await tools.run(pod, call);
  return {
    left: sectionOf(sections, 'left')
      .split('\n')
      .filter((line) => line !== ''),
    imported: Number(sectionOf(sections, 'imported').trim()),
  };
}

const dropBody = `
cqlsh_ "DROP KEYSPACE IF EXISTS ${rehearsalKeyspace};" || exit
section dropped
`;

export async function dropRehearsal(tools: PodTools, pod: CassandraPod, signal: AbortSignal): Promise<void> {
  const call = { purpose: 'Dropping the rehearsal', body: dropBody, signal };
  sectionOf(await tools.run(pod, call), 'dropped');
}

/** Arguments as before. */
const clearBody = `
directories=$1
shift
number=0
for directory; do
  number=$((number + 1))
  if [ "$number" -gt "$directories" ]; then
    rm -rf -- "$directory" || exit
    rmdir -- "\${directory%/*}" 2>/dev/null
    continue
  fi
  for snapshot in "$directory"/${rehearsalKeyspace}/*/snapshots/*; do
    [ -d "$snapshot" ] || continue
    nodetool_ clearsnapshot -t "\${snapshot##*/}" -- ${rehearsalKeyspace} >&2 || exit
  done
  rm -rf -- "$directory"/${rehearsalKeyspace} || exit
done
section cleared
`;

/** After the keyspace was dropped: the snapshots that the drop caused, and the directories. */
export async function clearRehearsal(
  tools: PodTools,
  pod: CassandraPod,
  { dataDirectories, stagingDirectories }: Rehearsal,
  signal: AbortSignal,
): Promise<void> {
  const args = [String(dataDirectories.length), ...dataDirectories, ...stagingDirectories];
  const call = { purpose: 'Clearing the rehearsal', body: clearBody, args, signal };
  sectionOf(await tools.run(pod, call), 'cleared');
}
