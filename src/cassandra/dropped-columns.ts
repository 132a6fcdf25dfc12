import type { CassandraPod } from '../kubernetes/pods.ts';
import { readRecord } from '../record.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

const droppedBody = `
section dropped
cqlsh_ "SELECT JSON keyspace_name, table_name, column_name FROM system_schema.dropped_columns;"
`;

/** Columns that tables once had, by `keyspace.table`. Without such a record their old SSTables can't be imported. */
export async function readDroppedColumns(
  tools: PodTools,
  pod: CassandraPod,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const sections = await tools.run(pod, {
    purpose: 'Reading the dropped columns',
    body: droppedBody,
    signal,
  });
  const dropped = new Map<string, Set<string>>();
  for (const row of parseJsonRows(sectionOf(sections, 'dropped'), 1).flat()) {
    const reader = readRecord(row, `system_schema of pod ${pod.name}`);
    const table = `${reader.string('keyspace_name')}.${reader.string('table_name')}`;
    const columns = dropped.get(table) ?? new Set();
    dropped.set(table, columns.add(reader.string('column_name')));
  }
  return dropped;
}
