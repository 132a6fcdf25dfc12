import { droppedColumn } from '../../cassandra/create-statements.ts';
import type { DropTimes } from '../../cassandra/dropped-columns.ts';
import type { SchemaColumn, SchemaTable } from '../../cassandra/schema.ts';
import type { SchemaTableRecord } from '../../store/schema-records.ts';
import { type LiveSchema, statementsThen } from './live-schema.ts';

/** Of a table that is there: the columns that it has, and those that it once had. */
export interface LiveColumns {
  readonly has: ReadonlyMap<string, SchemaColumn>;
  readonly dropped: DropTimes;
}

/** Pure. */
export function liveColumns({ keyspace, name, columns }: SchemaTable, live: LiveSchema): LiveColumns {
  return {
    has: new Map(columns.map((column) => [column.name, column])),
    dropped: live.droppedColumns.get(`${keyspace}.${name}`) ?? new Map<string, number>(),
  };
}

/** Pure. Old SSTables may hold a column that was dropped since: a table that never had it refuses them, after the truncate. */
export function unknownColumns(record: SchemaTableRecord, { has, dropped }: LiveColumns): readonly string[] {
  return [...droppedThen(record).keys()]
    .filter((column) => !has.has(column) && !dropped.has(column))
    .map(
      (column) =>
        `${record.keyspace}.${record.table} never had column ${column}, which the backup's files may hold`,
    );
}

/** Pure. Cassandra keeps the time of a drop when the column is added again, and shows nothing that was written to it before. */
export function hiddenColumns(record: SchemaTableRecord, { has, dropped }: LiveColumns): readonly string[] {
  const then = droppedThen(record);
  return record.columns
    .map(({ name }) => name)
    .filter((column) => has.has(column) && isDroppedSince(column, then, dropped))
    .map(
      (column) =>
        `${record.keyspace}.${record.table}: column ${column} was dropped and added again: Cassandra would show no value of the backup in it`,
    );
}

/**
 * Pure. Whether a table has a column as if it had never been dropped, which the backup's files may hold values of from
 * before its drop.
 */
export function hasLostDrop(
  column: string,
  record: SchemaTableRecord,
  { has, dropped }: LiveColumns,
): boolean {
  const droppedAt = droppedThen(record).get(column);
  return droppedAt !== undefined && has.has(column) && (dropped.get(column) ?? -1) < droppedAt;
}

/** Pure. Whether what the backup holds of a column is hidden once the column is there again. */
export function isDroppedSince(column: string, then: DropTimes, now: DropTimes): boolean {
  const droppedAt = now.get(column);
  return droppedAt !== undefined && droppedAt > (then.get(column) ?? Number.NEGATIVE_INFINITY);
}

/** Pure. The drops that the backup's own schema knows; of a column that was dropped twice, the last. */
export function droppedThen(record: SchemaTableRecord): DropTimes {
  return new Map(
    statementsThen(record).flatMap(({ text, subject }) => {
      const dropped = subject.kind === 'alter-table' ? droppedColumn(text) : undefined;
      return dropped ? [[dropped.name, dropped.droppedAtMs] as const] : [];
    }),
  );
}
