import { CainError } from '../../errors.ts';

/** Rows of one table, all read at consistency ALL. */
export interface TableCounts {
  /** `keyspace.table`, as it is called in the backup. */
  readonly table: string;
  /** SSTables in the backup. */
  readonly sstables: number;
  readonly restored: number;
  /** In the table itself, now; undefined = it is not there. */
  readonly present: number | undefined;
  /** Its rows have a TTL: all of the backup's may be over. Asked where no row was restored. */
  readonly expires?: boolean;
}

/** Pure. For people: the table has lived on since the backup, so other counts are no fault by themselves. */
export function describeCounts(counts: readonly TableCounts[]): readonly string[] {
  const total = counts.reduce((sum, { restored }) => sum + restored, 0);
  return [
    `Rows read: ${total} in ${counts.length} tables`,
    ...counts.map(({ table, restored, present, expires }) => {
      const now = present === undefined ? 'the table is not there now' : `${present} in the table now`;
      const why = expires ? '; its rows have a TTL, and those of the backup may all have expired' : '';
      return `  ${table}: ${restored} in the backup, ${now}${why}`;
    }),
  ];
}

/** Pure. A backup that holds files of a table gave not one row of it, and the table itself has rows. */
export function isHollow({ sstables, restored, present }: TableCounts): boolean {
  return sstables > 0 && restored === 0 && (present ?? 0) > 0;
}

/**
 * Pure. Throws CAIN_RESTORE_UNPROVEN for hollow tables, unless their rows expire: a backup that is good for nothing
 * looks so.
 */
export function compareCounts(counts: readonly TableCounts[]): void {
  const hollow = counts.filter((each) => isHollow(each) && !each.expires);
  if (hollow.length === 0) return;
  const names = hollow.map(({ table, present }) => `${table} (${present} in the table now)`).join(', ');
  throw new CainError('CAIN_RESTORE_UNPROVEN', `The drill found no row in ${names}`, {
    hint: 'The backup holds files of these tables. All of their rows may have been deleted before; if not, restore one of them under another name (CAIN_RENAME) and look.',
  });
}
