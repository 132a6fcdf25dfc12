import type { CassandraPod } from '../kubernetes/pods.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/** Arguments: the journal, the limit in seconds, then keyspace and table of each. */
const awaitBody = `
journal=$1 patience=$2
shift 2
${journalFunctions}
alone
empty=$journal/scratch/empty
rm -rf -- "$empty" && mkdir -p -- "$empty" || exit
while [ $# -gt 0 ]; do
  ( guard=\${guard:+timeout -k 10 $patience}; nodetool_ import --no-tokens -- "$1" "$2" "$empty" ) >&2 || exit
  shift 2
done
rmdir -- "$empty"
section idle
`;

/**
 * Waits until Cassandra itself imports nothing into these tables any more. The end of nodetool does not end what it had
 * begun in the server, and files that come in after a TRUNCATE would stay. An import of nothing comes to its turn when
 * the one before it is over: the server takes one at a time for each table.
 */
export async function awaitImports(
  tools: PodTools,
  pod: CassandraPod,
  {
    journal,
    tables,
    limitMs,
  }: {
    readonly journal: string;
    readonly tables: ReadonlyArray<{ readonly keyspace: string; readonly table: string }>;
    /** Of each: as long as a large table takes. */
    readonly limitMs: number;
  },
  signal: AbortSignal,
): Promise<void> {
  if (tables.length === 0) return;
  const names = tables.flatMap(({ keyspace, table }) => [keyspace, table]);
  const args = [journal, String(Math.ceil(limitMs / 1000)), ...names];
  const purpose = 'Waiting for the end of imports';
  const call = { purpose, body: awaitBody, args, signal, limitMs: limitMs * tables.length };
  sectionOf(await tools.run(pod, call), 'idle');
}
