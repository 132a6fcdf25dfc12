import type { CassandraPod } from '../kubernetes/pods.ts';
import { quoteString } from './cql.ts';
import { type PodTools, type Sections, sectionOf } from './pod-tools.ts';
import { restoreDirectoryName, tableDirectory } from './restore-paths.ts';
import { rehearsalKeyspace } from './scratch-keyspaces.ts';

/** What the marks of all rehearsals begin with. */
export const anyRehearsalMark = 'rehearsal of ';

/** An argument of the scripts that make and import, by which they are found when they are to end. */
export function rehearsalMark(restoreId: string): string {
  return `${anyRehearsalMark}${restoreId}.`;
}

/** Arguments: the mark, the statements. */
const setUpBody = `
cqlsh_ "$2" >&2 || exit
section ready
`;

export interface RehearsalSetup {
  readonly restoreId: string;
  /** With the number of their nodes. */
  readonly nodesByDataCenter: ReadonlyMap<string, number>;
}

/** Makes a table that lies on every node and holds one row; one that a killed run left is dropped first. */
export async function setUpRehearsal(
  tools: PodTools,
  pod: CassandraPod,
  { restoreId, nodesByDataCenter }: RehearsalSetup,
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
  const args = [rehearsalMark(restoreId), statements.join(' ')];
  const call = { purpose: 'Preparing the rehearsal', body: setUpBody, args, signal };
  sectionOf(await tools.run(pod, call), 'ready');
}

/**
 * Below a restore's root, in the same form as the staging of every table: files in a directory whose parent has a
 * hyphen in its name are not seen by import, which still ends with 0 (measured with 5.0.9).
 */
const stagingPath = tableDirectory({ keyspace: rehearsalKeyspace, table: 'probe', tableId: '0'.repeat(32) });

/** Arguments: the mark, the restore's id, the data directories. */
const rehearseBody = `
id=$2
shift 2
# Prints the SSTables of the scratch table.
live() {
  for directory; do
    for data in "$directory"/${rehearsalKeyspace}/probe-*/*-Data.db; do [ -e "$data" ] && printf '%s\\n' "$data"; done
  done
  return 0
}
staging() { printf '%s\\n' "$1/${restoreDirectoryName}/$id/${stagingPath}"; }
nodetool_ flush -- ${rehearsalKeyspace} probe >&2 || exit
holder=$(live "$@" | head -n 1)
holder=\${holder%/*}
[ -n "$holder" ] || { echo "error: no SSTable of the rehearsal lies in the data directories" >&2; exit 78; }
cd "$holder" || exit
owner=$(stat --printf '%u:%g' -- "$holder") && mode=$(stat --printf '%a' -- "$holder") || exit
for directory; do
  root=$directory/${restoreDirectoryName}/$id
  staging=$(staging "$directory")
  rm -rf -- "$staging" && mkdir -p -- "$staging" || exit
  for file in *-big-* *-bti-*; do
    [ -f "$file" ] || continue
    ln -- "$file" "$staging/$file" 2>/dev/null || cp -p -- "$file" "$staging/$file" || exit
  done
  if [ "$(id -u)" = 0 ]; then
    chown -R "$owner" -- "$root/${rehearsalKeyspace}" && chown "$owner" -- "$root" "\${root%/*}" || exit
  fi
  chmod "$mode" -- "$staging" "\${staging%/*}" "$root" "\${root%/*}" || exit
done
before=$(live "$@")
( for directory; do
    shift
    set -- "$@" "$(staging "$directory")"
  done
  nodetool_ import --no-tokens -- ${rehearsalKeyspace} probe "$@" ) >&2 || exit
section left
for directory; do
  for data in "$(staging "$directory")"/*-Data.db; do [ -e "$data" ] && printf '%s\\n' "$data"; done
done
section before
printf '%s\\n' "$before"
section after
live "$@"
`;

export interface Rehearsal {
  readonly restoreId: string;
  readonly dataDirectories: readonly string[];
}

export interface RehearsalOutcome {
  /** Data.db files that the import left in the staging. */
  readonly left: readonly string[];
  /** SSTables that came into the table: one from each data directory, if all went well. */
  readonly imported: number;
}

/**
 * Links one SSTable of the scratch table into a staging on each data volume (to other volumes than its own it is
 * copied) and imports it from there.
 */
export async function rehearseImport(
  tools: PodTools,
  pod: CassandraPod,
  { restoreId, dataDirectories }: Rehearsal,
  signal: AbortSignal,
): Promise<RehearsalOutcome> {
  const args = [rehearsalMark(restoreId), restoreId, ...dataDirectories];
  const call = { purpose: 'Rehearsing an import', body: rehearseBody, args, signal };
  const sections = await tools.run(pod, call);
  // Not their number: an older SSTable may go at any time.
  const before = new Set(pathsIn(sections, 'before'));
  const imported = pathsIn(sections, 'after').filter((path) => !before.has(path)).length;
  return { left: pathsIn(sections, 'left'), imported };
}

function pathsIn(sections: Sections, name: string): readonly string[] {
  return sectionOf(sections, name)
    .split('\n')
    .filter((line) => line !== '');
}

const dropBody = `
cqlsh_ "DROP KEYSPACE IF EXISTS ${rehearsalKeyspace};" || exit
section dropped
`;

export async function dropRehearsal(tools: PodTools, pod: CassandraPod, signal: AbortSignal): Promise<void> {
  const call = { purpose: 'Dropping the rehearsal', body: dropBody, signal };
  sectionOf(await tools.run(pod, call), 'dropped');
}

const clearBody = `
section cleared
for directory; do
  for left in "$directory"/${rehearsalKeyspace} "$directory"/${restoreDirectoryName}/*/${rehearsalKeyspace}; do
    [ -e "$left" ] || continue
    rm -rf -- "$left" || exit
    printf '%s\\n' "$left"
    [ "\${left%/*}" = "$directory" ] || rmdir -- "\${left%/*}" 2>/dev/null
  done
  rmdir -- "$directory"/${restoreDirectoryName} 2>/dev/null
done
exit 0
`;

/**
 * After the keyspace was dropped: its directories, and with them the snapshots that its drop caused, and the staging of
 * every rehearsal, since one that was killed has left its own. Gives what there was.
 */
export async function clearRehearsals(
  tools: PodTools,
  pod: CassandraPod,
  dataDirectories: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const call = { purpose: 'Clearing the rehearsal', body: clearBody, args: dataDirectories, signal };
  return pathsIn(await tools.run(pod, call), 'cleared');
}
