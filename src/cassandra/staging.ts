import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { type CassandraProcess, parseProcess } from './cassandra-process.ts';
import type { Ownership } from './live-tables.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { unreadableOutput } from './unreadable.ts';

export interface StagingDirectory extends Ownership {
  readonly path: string;
}

export interface PreparedStaging {
  /** As they are now, which is not as asked for where exec may not chown. */
  readonly directories: readonly StagingDirectory[];
  /** undefined = /proc does not show it. */
  readonly cassandra: CassandraProcess | undefined;
}

/** Groups are cut to this many paths, since a command line ends at 2 MiB. */
const pathsPerGroup = 2000;

/** "G uid gid mode" begins a group, "D path" is a directory of it, "." ends the last. A pattern that does not fit its own text finds the server and not this script. */
const prepareBody = `
size=$1
user=$(id -u) || exit
make() {
  [ $# -gt 0 ] || return 0
  mkdir -p -- "$@" || return
  if [ "$user" = 0 ]; then
    chown "$owner" -- "$@" && chmod "$mode" -- "$@" || return
  elif [ -O "$1" ]; then
    chmod "$mode" -- "$@" || return
  fi
  stat --printf '%u\\t%g\\t%a\\t%n\\n' -- "$@"
}
section directories
owner= mode=
set --
head -c "$size" | {
  while IFS= read -r line; do
    case $line in
      'D '*) set -- "$@" "\${line#D }" ;;
      *)
        make "$@" || exit
        set --
        rest=\${line#G }
        owner=\${rest% *}
        mode=\${rest##* } ;;
    esac
  done
} || exit
section process
for process in /proc/[0-9]*; do
  grep -aq 'service[.]CassandraDaemo[n]' "$process/cmdline" 2>/dev/null || continue
  grep -E '^(Uid|Gid|Groups|CapEff):' "$process/status" && break
done
exit 0
`;

/** Makes directories (parents first) with these owners and modes. One exec call. */
export async function prepareStaging(
  tools: PodTools,
  pod: CassandraPod,
  directories: readonly StagingDirectory[],
  signal: AbortSignal,
): Promise<PreparedStaging> {
  const input = Buffer.from(groupLines(directories));
  const args = [String(input.length)];
  const call = { purpose: 'Preparing the staging', body: prepareBody, args, input, signal };
  const sections = await tools.run(pod, call);
  const lines = sectionOf(sections, 'directories')
    .split('\n')
    .filter((line) => line !== '');
  if (lines.length !== directories.length) {
    throw new CainError(
      'CAIN_OUTPUT_UNREADABLE',
      `Pod ${pod.name} made ${lines.length} of ${directories.length} directories`,
    );
  }
  return {
    directories: lines.map(parseDirectory),
    cassandra: parseProcess(sectionOf(sections, 'process')),
  };
}

function groupLines(directories: readonly StagingDirectory[]): string {
  let text = '';
  let group = '';
  let size = 0;
  for (const { path, uid, gid, mode } of directories) {
    const head = `G ${uid}:${gid} ${mode.toString(8)}\n`;
    if (head !== group || size === pathsPerGroup) {
      text += head;
      group = head;
      size = 0;
    }
    text += `D ${path}\n`;
    size++;
  }
  return `${text}.\n`;
}

function parseDirectory(line: string): StagingDirectory {
  const [uid = '', gid = '', mode = '', path = ''] = line.split('\t');
  if (!path || !/^\d+ \d+ [0-7]+$/.test([uid, gid, mode].join(' '))) throw unreadableOutput('stat', line);
  return { path, uid: Number(uid), gid: Number(gid), mode: Number.parseInt(mode, 8) };
}
