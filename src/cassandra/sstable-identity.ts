import { unreadableOutput } from './unreadable.ts';

/** By size and digest, the content of Digest.crc32 ("-" without). */
export interface SstableIdentity {
  readonly sizeBytes: number;
  readonly digest: string;
}

/** `sstables DIRECTORIES…` prints size and digest of each SSTable. No process is started for a file. Scripts that use it know "journal". */
export const sstableFunctions = `
sstables() {
  for directory; do
    cd "$directory" 2>/dev/null || continue
    set -- *-Data.db
    [ -e "$1" ] || continue
    stat --printf '%s\\n' -- "$@" > "$journal/scratch/sizes" || return
    exec 3< "$journal/scratch/sizes"
    for data; do
      read -r size <&3 || return
      digest=
      [ ! -f "\${data%Data.db}Digest.crc32" ] || read -r digest < "\${data%Data.db}Digest.crc32" || :
      printf '%s %s\\n' "$size" "\${digest:--}"
    done
    exec 3<&-
  done
}
left() {
  for directory; do
    for data in "$directory"/*-Data.db; do [ -e "$data" ] && printf '%s\\n' "$data"; done
  done
  return 0
}
`;

/** Lines as `sstables` prints them. */
export function parseIdentities(text: string): readonly SstableIdentity[] {
  return linesOf(text).map(parseIdentity);
}

function parseIdentity(line: string): SstableIdentity {
  const [size = '', digest = ''] = line.split(' ');
  if (!/^\d+$/.test(size) || digest === '') {
    throw unreadableOutput('stat', line);
  }
  return { sizeBytes: Number(size), digest };
}

export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
