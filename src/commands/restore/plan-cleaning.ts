import type { NodeJournal, ViewStatement } from '../../cassandra/journal.ts';
import { undoIdOf } from './choose-undo.ts';
import { mayHaveTruncated } from './next-step.ts';
import type { JournalsByPod } from './resume.ts';

/** What becomes of a restore, or an undo, that the nodes know of. */
export type Cleaning =
  /** Finished: all of it goes, the undo too. */
  | 'remove'
  /** Unfinished, and nothing was truncated, or the user names it: its staging and journal go, no snapshot does. */
  | 'give-up'
  /** Unfinished, and it has dropped views that are gone still: its journal alone knows how they are made. */
  | 'keep-views'
  /** Unfinished, and an undo, or tables may be empty by now: it stays until it is finished or named. */
  | 'keep'
  /** Its undo is unfinished: its snapshots may be the last that hold the rows of before. */
  | 'keep-undone'
  /** Its undo was given up, and tables may be empty by now: it stays for another one, or until it is named. */
  | 'keep-for-undo';

/** Pure. What to do with each restore id, from what all nodes' journals say of it, and of which views are gone. */
export function planCleaning(
  journals: JournalsByPod,
  namedId: string | undefined,
  goneViews: ReadonlyMap<string, readonly ViewStatement[]> = new Map(),
): ReadonlyMap<string, Cleaning> {
  const byId = new Map<string, NodeJournal[]>();
  for (const journal of [...journals.values()].flat()) {
    byId.set(journal.id, [...(byId.get(journal.id) ?? []), journal]);
  }
  const cleanings = new Map<string, Cleaning>();
  for (const [id, all] of byId) {
    const cleaning = cleaningOf(all, id === namedId);
    cleanings.set(id, cleaning === 'give-up' && goneViews.has(id) ? 'keep-views' : cleaning);
  }
  for (const [id, all] of byId) {
    const undone = undoneBy(all);
    if (undone === undefined || !cleanings.has(undone) || all.every(({ isFinished }) => isFinished)) continue;
    cleanings.set(undone, cleanings.get(id) === 'give-up' ? 'keep-for-undo' : 'keep-undone');
  }
  return cleanings;
}

function cleaningOf(journals: readonly NodeJournal[], isNamed: boolean): Cleaning {
  // An undo marks it once every table is back.
  if (journals.some(({ isUndone }) => isUndone)) return 'remove';
  const isUndoGivenUp = journals.some((journal) => journal.isUndoGivenUp);
  if (!isUndoGivenUp && journals.every(({ isFinished }) => isFinished)) return 'remove';
  if (isNamed) return 'give-up';
  if (isUndoGivenUp) return 'keep-for-undo';
  const hasTruncated = journals.some(({ states }) => mayHaveTruncated(states.values()));
  return hasTruncated || undoneBy(journals) !== undefined ? 'keep' : 'give-up';
}

/** The id of the restore that these journals of an undo take back. */
function undoneBy(journals: readonly NodeJournal[]): string | undefined {
  return journals.find(({ plan }) => plan)?.plan?.undoes;
}

/** Pure. Restores of which an undo is given up now that may have truncated tables. */
export function halfUndone(
  journals: JournalsByPod,
  cleanings: ReadonlyMap<string, Cleaning>,
): ReadonlySet<string> {
  const givenUp = [...journals.values()].flat().filter(({ id }) => cleanings.get(id) === 'give-up');
  return new Set(
    givenUp
      .filter(({ states }) => mayHaveTruncated(states.values()))
      .flatMap(({ plan }) => plan?.undoes ?? []),
  );
}

/** Pure. One line, or more where statements are to be told. */
export function describeCleaning(id: string, cleaning: Cleaning, views: readonly ViewStatement[]): string {
  switch (cleaning) {
    case 'remove':
      return `Restore ${id}: removed its journals and undo snapshots`;
    case 'give-up':
      return `Restore ${id} was unfinished: removed its staging and journals; snapshots that its truncates left stay`;
    case 'keep-views':
      return [
        `Restore ${id} is unfinished and has dropped views that are gone still; its journal, which knows how they are made, stays.`,
        `Run it again under its id, go back with CAIN_RESTORE_ID=${id} cain restore --undo, or make them yourself and clean again:`,
        ...views.map(({ statement }) => `  ${statement};`),
      ].join('\n');
    case 'keep':
      return `Restore ${id} is unfinished and may have truncated tables: run it again under its id, or give it up with CAIN_RESTORE_ID=${id} and --clean`;
    case 'keep-undone':
      return `Restore ${id} stays, since its undo is unfinished: run that again with CAIN_RESTORE_ID=${id} cain restore --undo, or give it up with CAIN_RESTORE_ID=${undoIdOf(id)} and --clean`;
    case 'keep-for-undo':
      return `Restore ${id} stays, since its undo was given up: begin another with CAIN_RESTORE_ID=${id} cain restore --undo, or give the restore up with CAIN_RESTORE_ID=${id} and --clean`;
  }
}
