import type { CassandraPod } from '../kubernetes/pods.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/** It writes anew what it keeps: hours for terabytes. A connection that dies is noticed in seconds all the same. */
const cleanupLimitMs = 48 * 3600_000;

/**
 * Arguments: the journal, the keyspace, tables. Without the guard of other calls: it would end nodetool and leave the
 * clean-up running.
 */
const cleanupBody = `
journal=$1
shift
${journalFunctions}
alone
( guard=; nodetool_ cleanup --jobs 1 -- "$@" ) >&2 || exit
rm -f -- "$journal/running"
section clean
`;

/** Removes from tables of one keyspace the rows that this node does not own. May be called again at any time. */
export async function cleanUpTables(
  tools: PodTools,
  pod: CassandraPod,
  { journal, keyspace, tables }: { journal: string; keyspace: string; tables: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const call = {
    purpose: `Cleaning up ${keyspace}.${tables.join(', ')}`,
    body: cleanupBody,
    args: [journal, keyspace, ...tables],
    signal,
    limitMs: cleanupLimitMs,
  };
  sectionOf(await tools.run(pod, call), 'clean');
}
