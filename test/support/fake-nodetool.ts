import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { BarePods } from './embedded/bare-pods.ts';

/** Data directories of a bare pod, and a nodetool that snapshots and clears as Cassandra's does: by hard links. */
export interface FakeNode {
  readonly dataDirectories: readonly string[];
  /** Makes an SSTable; gives the path of its Data.db. */
  addSstable(options: { table: string; id?: number; directory?: number; bytes?: Buffer }): string;
  /** From now on each command of this name takes so long, and a line at its start says so. */
  delay(command: 'snapshot' | 'clearsnapshot', seconds: number): void;
  /** Arguments of every call, one line each. */
  calls(): readonly string[];
  hasSnapshot(name: string): boolean;
}

export const tableId = '0123456789abcdef0123456789abcdef';

const script = `#!/bin/sh
echo "$*" >> "$HOME/calls"
while [ "$1" != snapshot ] && [ "$1" != clearsnapshot ]; do [ $# -gt 0 ] || exit 0; shift; done
command=$1; shift
[ -f "$HOME/$command.delay" ] && { read -r seconds < "$HOME/$command.delay"; sleep "$seconds"; }
name=
while [ $# -gt 0 ]; do
  case $1 in
    -t) name=$2; shift ;;
    --ttl) shift ;;
    --) shift; break ;;
  esac
  shift
done
for directory in "$HOME"/data*; do
  if [ "$command" = clearsnapshot ]; then
    [ -f "$HOME/sticky" ] || rm -rf "$directory"/*/*/snapshots/"$name"
    continue
  fi
  for keyspace; do
    for table in "$directory/$keyspace"/*; do
      [ -d "$table" ] || continue
      [ -d "$table/snapshots/$name" ] && { echo "error: Snapshot $name already exists." >&2; exit 2; }
      mkdir -p "$table/snapshots/$name"
      names=
      for file in "$table"/*; do
        [ -f "$file" ] || continue
        ln "$file" "$table/snapshots/$name/"
        case $file in *-Data.db) names="$names\${names:+,}\\"\${file##*/}\\"" ;; esac
      done
      printf '{"files":[%s],"created_at":"x"}' "$names" > "$table/snapshots/$name/manifest.json"
      printf 'CREATE TABLE t (\\n  a int\\n);\\n' > "$table/snapshots/$name/schema.cql"
    done
  done
done
`;

export function fakeNode(pods: BarePods, pod = 'cassandra-0', directories = 1): FakeNode {
  const home = join(pods.dir, pod, 'home');
  const program = join(pods.dir, pod, 'bin', 'nodetool');
  writeFileSync(program, script);
  chmodSync(program, 0o755);
  const dataDirectories = Array.from({ length: directories }, (_, index) => join(home, `data${index}`));
  for (const directory of dataDirectories) mkdirSync(directory, { recursive: true });
  const tableFolder = (table: string, directory = 0) =>
    join(dataDirectories[directory] ?? '', 'shop', `${table}-${tableId}`);

  return {
    dataDirectories,
    addSstable({ table, id = 1, directory = 0, bytes = Buffer.from(`${table} ${id}`) }) {
      const folder = tableFolder(table, directory);
      mkdirSync(folder, { recursive: true });
      const path = (component: string) => join(folder, `nb-${id}-big-${component}`);
      for (const component of ['Index.db', 'Statistics.db', 'CRC.db', 'TOC.txt']) {
        writeFileSync(path(component), `${component} of ${table} ${id}`);
      }
      writeFileSync(path('Data.db'), bytes);
      writeFileSync(path('Digest.crc32'), String(crc32(bytes)));
      return path('Data.db');
    },
    delay: (command, seconds) => writeFileSync(join(home, `${command}.delay`), `${seconds}\n`),
    calls: () =>
      existsSync(join(home, 'calls')) ? readFileSync(join(home, 'calls'), 'utf8').trim().split('\n') : [],
    hasSnapshot: (name) =>
      dataDirectories.some((_, directory) =>
        existsSync(join(tableFolder('users', directory), 'snapshots', name)),
      ),
  };
}
