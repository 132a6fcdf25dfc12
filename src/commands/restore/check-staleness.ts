import { tableOption } from '../../cassandra/create-statements.ts';
import { CainError } from '../../errors.ts';
import { tagTime } from '../../store/tag.ts';

/** Cassandra's default. */
const defaultGcGraceSeconds = 864_000;

/** A table that keeps what it holds while files of the backup come beside it. */
export interface StaleTable {
  /** `keyspace.table` */
  readonly name: string;
  /** Its CREATE statement, as it is now in the cluster. */
  readonly creation: string;
}

/**
 * Pure. Throws CAIN_RESTORE_STALE where the backup is older than a table's gc_grace_seconds and the user did not name
 * it: tombstones of rows that were deleted since may be gone, and the backup would bring the rows back.
 */
export function checkStaleness(
  tables: readonly StaleTable[],
  { tag, now, named }: { readonly tag: string; readonly now: Date; readonly named: string | undefined },
): void {
  if (named === tag) return;
  const ageSeconds = (now.getTime() - tagTime(tag).getTime()) / 1000;
  const stale = tables.filter(({ creation }) => ageSeconds >= gcGraceSeconds(creation));
  if (stale.length === 0) return;
  const names = stale.slice(0, 10).map(({ name, creation }) => `${name} (${gcGraceSeconds(creation)} s)`);
  const more = stale.length > names.length ? ` and ${stale.length - names.length} more` : '';
  throw new CainError(
    'CAIN_RESTORE_STALE',
    `Backup ${tag} is ${Math.floor(ageSeconds)} s old, more than gc_grace_seconds of ${names.join(', ')}${more}`,
    {
      hint: `Nothing was changed. Rows that were deleted since the backup could come back. If that is what you want, set CAIN_RESTORE_STALE=${tag}.`,
    },
  );
}

/** Pure. Of a CREATE TABLE. */
export function gcGraceSeconds(creation: string): number {
  const text = tableOption(creation, 'gc_grace_seconds');
  return text === undefined ? defaultGcGraceSeconds : Number(text);
}
