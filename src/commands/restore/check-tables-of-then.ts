import { tableName } from '../../cassandra/journal.ts';
import { CainError } from '../../errors.ts';
import type { JournalBook } from './journal-book.ts';
import { nextStep } from './next-step.ts';
import type { RestoreGroup, RestoreTable } from './restore-plan.ts';
import type { JournalsByPod } from './resume.ts';

/**
 * Pure. What the journals say of a table that was dropped since says nothing of the one that has its name now: taken
 * for done, it would stay empty. Throws CAIN_RESTORE_JOURNAL.
 */
export function checkTablesOfThen(
  { id, groups }: { id: string; groups: readonly RestoreGroup[] },
  book: JournalBook,
  journals: JournalsByPod,
): void {
  const own = [...journals.values()].flat().filter((journal) => journal.id === id);
  const ids = new Map(own.flatMap(({ tableIds = [] }) => [...tableIds]));
  const begun = groups.filter(({ tables }) => nextStep(book.statesOf(tables)) !== 'truncate');
  const problems = begun.flatMap(({ tables }) =>
    tables.flatMap((table) => changeOf(table, ids.get(tableName(table)))),
  );
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  throw new CainError(
    'CAIN_RESTORE_JOURNAL',
    `Restore ${id} can't go on: tables are not those of then:${list}`,
    {
      hint: `Nothing was changed. Give it up with CAIN_RESTORE_ID=${id} and --clean, then restore under another id: what it has restored of other tables stays, and is restored once more.`,
      fields: { restoreId: id },
    },
  );
}

function changeOf(table: RestoreTable, idOfThen: string | undefined): readonly string[] {
  if (table.isCreated) return [`${tableName(table)} was dropped since it was truncated`];
  if (idOfThen === undefined || idOfThen === table.liveId) return [];
  return [`${tableName(table)} was dropped and created again since it was truncated`];
}
