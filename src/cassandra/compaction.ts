import type { CassandraPod } from '../kubernetes/pods.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/**
 * While a table's automatic compaction is off, an empty file `<keyspace>.<table>.off` says so. A table that is gone has
 * none to turn on: for it nodetool says "Unknown keyspace/cf pair (shop.users)" or "Keyspace [shop] does not exist".
 */
export const compactionFunctions = `
compaction_on() {
  if ! said=$(nodetool_ enableautocompaction -- "\${1%%.*}" "\${1#*.}" 2>&1); then
    printf '%s\\n' "$said" >&2
    case $said in
      *'Unknown keyspace/cf pair'* | *Keyspace*'does not exist'*) ;;
      *) echo "error: automatic compaction of $1 could not be turned on again" >&2; return 1 ;;
    esac
  fi
  rm -f -- "$journal/tables/$1.off"
}
`;

const compactionBody = `
journal=$1
${journalFunctions}${compactionFunctions}
alone
rm -f -- "$journal/running"
failed=
for file in "$journal"/tables/*.off; do
  [ -f "$file" ] || continue
  name=\${file##*/}
  compaction_on "\${name%.off}" || failed=yes
done
[ -z "$failed" ] || exit 77
section on
`;

/** Turns automatic compaction on again where an import that was killed left it off. */
export async function restoreCompaction(
  tools: PodTools,
  pod: CassandraPod,
  journal: string,
  signal: AbortSignal,
): Promise<void> {
  const purpose = 'Turning automatic compaction on again';
  sectionOf(await tools.run(pod, { purpose, body: compactionBody, args: [journal], signal }), 'on');
}
