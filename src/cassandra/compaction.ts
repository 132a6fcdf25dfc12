import type { CassandraPod } from '../kubernetes/pods.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/** While a table's automatic compaction is off, an empty file `<keyspace>.<table>.off` says so. */
export const compactionFunctions = `
compaction_on() {
  if nodetool_ enableautocompaction -- "\${1%%.*}" "\${1#*.}" >&2; then
    rm -f -- "$journal/tables/$1.off"
  else
    echo "error: automatic compaction of $1 could not be turned on again" >&2
    return 1
  fi
}
`;

const compactionBody = `
journal=$1
${journalFunctions}${compactionFunctions}
alone
rm -f -- "$journal/running"
for file in "$journal"/tables/*.off; do
  [ -f "$file" ] || continue
  name=\${file##*/}
  compaction_on "\${name%.off}" || exit
done
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
