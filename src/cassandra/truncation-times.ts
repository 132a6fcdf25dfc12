import type { CassandraPod } from '../kubernetes/pods.ts';
import { readRecord } from '../record.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { unreadableOutput } from './unreadable.ts';

const truncatedBody = `
section truncated
cqlsh_ "SELECT JSON truncated_at FROM system.local;"
`;

/** When a node truncated tables, by table id without dashes. Of tables that were never truncated it says nothing. */
export async function readTruncationTimes(
  tools: PodTools,
  pod: CassandraPod,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Date>> {
  const sections = await tools.run(pod, {
    purpose: 'Reading when tables were truncated',
    body: truncatedBody,
    signal,
  });
  return parseTruncationTimes(sectionOf(sections, 'truncated'));
}

/**
 * Pure. The values of `truncated_at` end with the milliseconds since 1970 as eight bytes, behind a place in the commit
 * log (SystemKeyspace.truncationAsMapEntry, 4.0 to 5.0).
 */
export function parseTruncationTimes(stdout: string): ReadonlyMap<string, Date> {
  const times = new Map<string, Date>();
  for (const row of parseJsonRows(stdout, 1).flat()) {
    const reader = readRecord(row, 'system.local');
    // null where no table was ever truncated.
    if ((row as Readonly<Record<string, unknown>>).truncated_at === null) continue;
    for (const [id, blob] of Object.entries(reader.stringMap('truncated_at'))) {
      if (!/^0x[0-9a-f]{40}$/.test(blob)) throw unreadableOutput('cqlsh', `truncated_at ${blob}`);
      times.set(id.replaceAll('-', ''), new Date(Number(BigInt(`0x${blob.slice(-16)}`))));
    }
  }
  return times;
}
