import { CainError } from '../errors.ts';
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
failed=
for file in "$journal"/tables/*.off; do
  [ -f "$file" ] || continue
  name=\${file##*/}
  compaction_on "\${name%.off}" || failed=yes
done
rm -f -- "$journal/running"
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
  const call = { purpose, body: compactionBody, args: [journal], signal };
  const sections = await tools.run(pod, call).catch((error: unknown) => {
    throw error instanceof CainError && error.code === 'CAIN_EXEC_FAILED' ? stillOff(error, pod.name) : error;
  });
  sectionOf(sections, 'on');
}

function stillOff(cause: CainError, pod: string): CainError {
  return new CainError(cause.code, cause.message, {
    hint: `Tables on ${pod} are not compacted until it is on: run the restore again under the same id, or \`nodetool enableautocompaction\` there.`,
    cause,
    fields: cause.fields,
  });
}
