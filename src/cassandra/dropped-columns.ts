import { readRecord } from '../record.ts';

/** When columns were dropped (milliseconds since 1970), by name. One that came back is among them still. */
export type DropTimes = ReadonlyMap<string, number>;

/**
 * Columns that tables once had, by `keyspace.table`. Without such a record their old SSTables can't be imported. Rows
 * are those of `SELECT JSON * FROM system_schema.dropped_columns`. Pure.
 */
export function droppedColumnsOf(rows: readonly unknown[], where: string): ReadonlyMap<string, DropTimes> {
  const dropped = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const reader = readRecord(row, where);
    const table = `${reader.string('keyspace_name')}.${reader.string('table_name')}`;
    const columns = dropped.get(table) ?? new Map<string, number>();
    const time = reader.matching('dropped_time', jsonTimestamp);
    dropped.set(table, columns.set(reader.string('column_name'), millisecondsOf(time)));
  }
  return dropped;
}

/**
 * As SELECT JSON shows it: `2026-11-22 19:10:27.745Z`. Cassandra's own tables have columns that are dropped for ever:
 * `+294247-01-10 04:00:54.775Z`, the last microsecond that it counts.
 */
const jsonTimestamp = /^[+-]?\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** A date here ends before Cassandra's do. */
function millisecondsOf(time: string): number {
  const milliseconds = Date.parse(time.replace(' ', 'T'));
  return Number.isNaN(milliseconds) ? Number.MAX_SAFE_INTEGER : milliseconds;
}
