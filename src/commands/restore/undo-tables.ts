import {
  hasReached,
  type JournalPlan,
  type JournalTable,
  type NodeJournal,
  tableName,
  type UndoSnapshot,
} from '../../cassandra/journal.ts';
import { undoSnapshotName } from '../../cassandra/restore-paths.ts';
import type { UndoTarget } from './choose-undo.ts';
import type { JournalsByPod } from './resume.ts';

/**
 * Pure. The base tables to bring back. An undo that goes on keeps to those that it began with: it finishes the journals of
 * the restore before its own, and a table more would be truncated with nothing staged.
 */
export function tablesToUndo(
  { plan, resumed }: Pick<UndoTarget, 'plan' | 'resumed'>,
  journals: JournalsByPod,
): readonly JournalTable[] {
  return resumed ? resumed.tables.filter(({ kind }) => kind === 'table') : touchedTables(plan, journals);
}

/**
 * Pure. The base tables that the restore has emptied, filled or may have, and that were there before it. A truncate of
 * which no journal knows the end has come about where it left a snapshot; never while some node has not journalled it
 * yet: a snapshot of our own is taken before that. Views that were dropped must come back with their table, though it
 * held nothing.
 */
export function touchedTables(undone: JournalPlan, journals: JournalsByPod): readonly JournalTable[] {
  const own = journalsOf(undone, journals);
  return undone.tables
    .filter(({ kind }) => kind === 'table')
    .filter((table) => !undone.created.includes(tableName(table)))
    .filter((table) => {
      const name = tableName(table);
      if (!own.every(({ states }) => hasReached(states.get(name), 'truncating'))) return false;
      if (undone.views?.some((view) => tableName(view) === name)) return true;
      return own.some(
        ({ states, undo }) =>
          hasReached(states.get(name), 'truncated') ||
          (undo.get(name) ?? []).some(({ holdsData }) => holdsData),
      );
    });
}

/**
 * Pure. Of the touched tables, as `keyspace.table`, those of which no journal knows the end of the truncate: it may have come
 * about on some nodes alone. Nothing of the restore is in them yet.
 */
export function unsettledTables(undone: JournalPlan, journals: JournalsByPod): ReadonlySet<string> {
  const own = journalsOf(undone, journals);
  const names = touchedTables(undone, journals).map(tableName);
  return new Set(names.filter((name) => own.every(({ states }) => states.get(name) === 'truncating')));
}

/**
 * Pure. Of these, those to which a node brings back what it held when the undo began: what their views held before the
 * restore does not fit to that.
 */
export function mixedTables(undone: JournalPlan, journals: JournalsByPod): ReadonlySet<string> {
  const own = journalsOf(undone, journals);
  const isOurs = ({ name, holdsData }: UndoSnapshot): boolean =>
    holdsData && name.startsWith(undoSnapshotName(undone.id));
  const names = [...unsettledTables(undone, journals)];
  return new Set(names.filter((name) => own.some(({ undo }) => undo.get(name)?.some(isOurs))));
}

function journalsOf({ id }: JournalPlan, journals: JournalsByPod): readonly NodeJournal[] {
  return [...journals.values()].flat().filter((journal) => journal.id === id);
}
