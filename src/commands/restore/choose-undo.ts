import { createHash } from 'node:crypto';
import type { JournalPlan, NodeJournal } from '../../cassandra/journal.ts';
import { CainError } from '../../errors.ts';
import type { JournalsByPod } from './resume.ts';

/** A restore that is to be taken back. */
export interface UndoTarget {
  /** Of the restore. */
  readonly plan: JournalPlan;
  /** Under which the undo works. */
  readonly undoId: string;
  /** An earlier run of this undo got so far; undefined = none did. */
  readonly resumed: JournalPlan | undefined;
}

/**
 * Pure. The restore to take back: the one named, by its id or that of its undo, else the only one that the nodes know of. Throws CAIN_RESTORE_JOURNAL
 * where there is none or several, where it was undone already, or while another restore is unfinished.
 */
export function chooseUndo(journals: JournalsByPod, named: string | undefined): UndoTarget {
  const byId = groupById([...journals.values()].flat());
  const restores = [...byId.values()].filter((all) => !planOf(all)?.undoes);
  const target =
    restores.find(([first]) => first?.id === named) ??
    restores.find(([first]) => first && undoIdOf(first.id) === named) ??
    (restores.length === 1 ? restores[0] : undefined);
  const plan = target && planOf(target);
  if (!target || !plan) throw noTarget(restores);
  const { id } = plan;
  if (plan.node !== undefined) {
    throw journalError(
      `Restore ${id} gave only ${plan.node} files, beside what it held, and can't be undone`,
      'The other replicas hold what they held.',
    );
  }
  const undoId = undoIdOf(id);
  if (target.some(({ isUndone }) => isUndone) && !isUnfinished(byId.get(undoId) ?? [])) {
    throw journalError(
      `Restore ${id} was undone already`,
      'Remove what is left of it with `cain restore --clean`.',
    );
  }
  const other = [...byId].find(([each, all]) => each !== id && each !== undoId && isUnfinished(all));
  if (other) {
    throw journalError(
      `Restore ${other[0]} is unfinished, and restore ${id} can't be undone in the middle of it`,
      `Finish it, or give it up with CAIN_RESTORE_ID=${other[0]} cain restore --clean.`,
    );
  }
  return { plan, undoId, resumed: planOf(byId.get(undoId) ?? []) };
}

/** Ids have 64 letters at most. */
export function undoIdOf(restoreId: string): string {
  const id = `undo-${restoreId}`;
  return id.length <= 64 ? id : `undo-${createHash('sha256').update(restoreId).digest('hex').slice(0, 32)}`;
}

function groupById(journals: readonly NodeJournal[]): ReadonlyMap<string, readonly NodeJournal[]> {
  const byId = new Map<string, NodeJournal[]>();
  for (const journal of journals) byId.set(journal.id, [...(byId.get(journal.id) ?? []), journal]);
  return byId;
}

function planOf(journals: readonly NodeJournal[]): JournalPlan | undefined {
  return journals.find(({ plan }) => plan)?.plan;
}

function isUnfinished(journals: readonly NodeJournal[]): boolean {
  return journals.some(({ plan, isFinished }) => plan && !isFinished);
}

function noTarget(restores: ReadonlyArray<readonly NodeJournal[]>): CainError {
  const known = restores.flatMap((all) => {
    const plan = planOf(all);
    return plan ? [`${plan.id} (backup ${plan.tag}, ${plan.startedAt})`] : [];
  });
  if (known.length === 0) {
    return journalError(
      'The nodes know of no restore',
      'Its journals and undo snapshots may have been cleaned.',
    );
  }
  return journalError(
    `The nodes know of several restores: ${known.join(', ')}`,
    'Say which one is to be undone: CAIN_RESTORE_ID=<id>.',
  );
}

function journalError(message: string, hint: string): CainError {
  return new CainError('CAIN_RESTORE_JOURNAL', message, { hint });
}
