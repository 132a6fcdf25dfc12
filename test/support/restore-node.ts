import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { createPodTools, type PodTools } from '../../src/cassandra/pod-tools.ts';
import {
  journalDirectory,
  restoreRoot,
  stagingDirectory,
  tableDirectory,
} from '../../src/cassandra/restore-paths.ts';
import { connectKubernetes } from '../../src/kubernetes/client.ts';
import type { BarePods } from './embedded/bare-pods.ts';
import { recordLog } from './recording-log.ts';

/** What Cassandra's import does to files, and its quirks: an empty directory is no error. `trouble` tells it to misbehave. */
const nodetool = `#!/bin/sh
echo "$*" >> "$HOME/calls"
command=$1; shift
trouble= victim=; [ -f "$HOME/trouble" ] && read -r trouble victim < "$HOME/trouble"
case $command in
  import)
    while [ "$1" != -- ]; do shift; done; shift
    keyspace=$1 table=$2; shift 2
    [ "$trouble" = hang ] && { echo importing > "$HOME/hangs"; sleep 30; }
    [ "$trouble" = refuse ] && { echo "Some directories failed to import, check server logs for details:" >&2; exit 1; }
    [ "$trouble" = ignore ] && exit 0
    for live in "$HOME"/data0/"$keyspace"/"$table"-*; do :; done
    [ "$trouble" = tidy ] && rm -f "$live"/nb-1-*
    for directory; do
      for data in "$directory"/*-Data.db; do
        [ -e "$data" ] || continue
        number=$(ls "$live" | grep -c Data.db); number=$((number + 70))
        for file in "\${data%Data.db}"*; do mv "$file" "$live/nb-$number-big-\${file##*-}"; done
        [ "$trouble" = lose ] && rm -f "$live/nb-$number-big-"*
      done
    done ;;
  enableautocompaction)
    [ "$trouble" = gone ] && { echo "nodetool: Unknown keyspace/cf pair ($2.$3)"; exit 1; }
    case "$trouble $*" in "stay-off "*"$victim"*) echo "error: no" >&2; exit 2 ;; esac ;;
  snapshot)
    for directory in "$HOME"/data*/shop/\${4#*.}-*; do
      mkdir -p "$directory/snapshots/$2"
      for file in "$directory"/nb-*; do [ -f "$file" ] && ln "$file" "$directory/snapshots/$2/"; done
      echo '{}' > "$directory/snapshots/$2/manifest.json"
    done ;;
esac
exit 0
`;

const cqlsh = `#!/bin/sh
echo "cqlsh $*" >> "$HOME/calls"
`;

export const tableId = '0123456789abcdef0123456789abcdef';
export const restoreId = 'run-1';

export interface RestoreNode {
  readonly tools: PodTools;
  readonly pod: { namespace: string; name: string; container: string; uid: string; isReady: boolean };
  readonly dataDirectories: readonly string[];
  readonly journal: string;
  readonly roots: readonly string[];
  /** The live directories of a table, made if need be. */
  live(table: string): readonly string[];
  /** Its staging directories, made if need be. */
  staging(table: string): readonly string[];
  /** Makes an SSTable in a directory. */
  addSstable(directory: string, id: number, bytes?: string): void;
  /**
   * From now on import hangs, refuses, does nothing or loses files, or an SSTable that was replaced goes meanwhile; or
   * compaction stays off (of one table), or its table is gone.
   */
  misbehave(
    trouble: 'hang' | 'refuse' | 'ignore' | 'lose' | 'tidy' | 'stay-off' | `stay-off ${string}` | 'gone' | '',
  ): void;
  /** Arguments of every call of nodetool and cqlsh. */
  calls(): readonly string[];
  isHanging(): boolean;
  files(directory: string): readonly string[];
  journalText(name: string): string;
}

/** A bare pod with data directories and programs that behave as Cassandra's do in a restore. */
export function restoreNode(pods: BarePods, directories = 1, name = 'cassandra-0'): RestoreNode {
  const home = join(pods.dir, name, 'home');
  for (const [tool, text] of Object.entries({ nodetool, cqlsh })) {
    const program = join(pods.dir, name, 'bin', tool);
    writeFileSync(program, text);
    chmodSync(program, 0o755);
  }
  const dataDirectories = Array.from({ length: directories }, (_, index) => join(home, `data${index}`));
  for (const directory of dataDirectories) mkdirSync(directory, { recursive: true });
  const { exec } = connectKubernetes({ kubeconfig: pods.kubeconfigFile });
  const options = { limitMs: 20_000, stallMs: 5_000, retries: 1 };
  const journal = journalDirectory(dataDirectories, restoreId);
  const made = (paths: readonly string[]): readonly string[] => {
    for (const path of paths) mkdirSync(path, { recursive: true });
    return paths;
  };
  const identity = (table: string) => ({ keyspace: 'shop', table, tableId });
  return {
    tools: createPodTools({ ...options, exec, logins: { cql: {}, jmx: {} }, log: recordLog() }),
    pod: { namespace: 'cassandra', name, container: 'cassandra', uid: 'u', isReady: true },
    dataDirectories,
    journal,
    roots: dataDirectories.map((directory) => restoreRoot(directory, restoreId)),
    live: (table) =>
      made(dataDirectories.map((directory) => join(directory, tableDirectory(identity(table))))),
    staging: (table) =>
      made(dataDirectories.map((directory) => stagingDirectory(directory, restoreId, identity(table)))),
    addSstable(directory, id, bytes = `data ${id}`) {
      const path = (component: string) => join(directory, `nb-${id}-big-${component}`);
      for (const component of ['Index.db', 'Statistics.db']) writeFileSync(path(component), component);
      writeFileSync(path('Data.db'), bytes);
      writeFileSync(path('Digest.crc32'), String(crc32(bytes)));
    },
    misbehave: (trouble) => writeFileSync(join(home, 'trouble'), `${trouble}\n`),
    calls: () =>
      existsSync(join(home, 'calls')) ? readFileSync(join(home, 'calls'), 'utf8').trim().split('\n') : [],
    isHanging: () => existsSync(join(home, 'hangs')),
    files: (directory) => readdirSync(directory).toSorted(),
    journalText: (name) => readFileSync(join(journal, name), 'utf8'),
  };
}
