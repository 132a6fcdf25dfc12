import { tableName } from '../../cassandra/journal.ts';
import { hasRows } from '../../cassandra/live-tables.ts';
import { CainError } from '../../errors.ts';
import { checkConfirmation, confirmationFor } from './check-confirmation.ts';
import { findFilledTables, tablesWithFiles } from './find-filled-tables.ts';
import { nextStep } from './next-step.ts';
import { allTables, type RestoreGroup, type RestoreTable } from './restore-plan.ts';
import { speakerOf } from './restore-run.ts';
import type { RestoreWork } from './restore-work.ts';

/** Staging takes hours: a table that was empty when the plan was made, and unconfirmed, may have been written to. */
export async function checkStillEmpty(work: RestoreWork, group: RestoreGroup): Promise<void> {
  const { run, plan, book } = work;
  const { clusterName } = run.survey;
  const { tag } = plan.manifest;
  // Nothing is emptied.
  if (plan.alone !== undefined) return;
  await checkMadeTables(work, group.tables);
  const given = run.context.settings.restoreConfirm;
  if (given === confirmationFor(clusterName, tag)) return;
  const filled = await findFilledTables(run, [group], book);
  checkConfirmation(filled, { given, clusterName, tag, isMerge: plan.isMerge });
}

/** Before hours of staging: what an earlier run of this restore has made, and has not truncated yet. */
export async function checkEarlierTables(work: RestoreWork): Promise<void> {
  const open = work.plan.groups.filter(({ tables }) => nextStep(work.book.statesOf(tables)) === 'truncate');
  await checkMadeTables(
    work,
    allTables(open).filter(({ isCreated }) => !isCreated),
  );
}

/**
 * Throws CAIN_RESTORE_UNCONFIRMED where the restore has made one of these tables and somebody has written to it since.
 * Whatever was confirmed, nobody was asked about these rows, and an undo would pass them over. What can't be read is
 * thrown as it is: a retry may read it.
 */
async function checkMadeTables({ run, plan }: RestoreWork, tables: readonly RestoreTable[]): Promise<void> {
  // A merge takes nothing from them, nobody writes to those of a drill, and a view has no rows of its own.
  if (plan.isMerge || run.context.settings.drill) return;
  const made = tables.filter(
    (table) =>
      table.kind === 'table' && (table.isCreated || plan.resumed?.created.includes(tableName(table))),
  );
  const filled = await tablesWithFiles(run, made);
  const unsure = made.filter((table) => !filled.has(tableName(table)));
  const answers =
    unsure.length > 0 ? await hasRows(run.access.tools, speakerOf(run).pod, unsure, run.signal) : [];
  const written = [...filled, ...unsure.filter((_, index) => answers[index]).map(tableName)].toSorted();
  if (written.length === 0) return;
  throw new CainError(
    'CAIN_RESTORE_UNCONFIRMED',
    `This restore has made ${written.join(', ')}, and somebody has written to ${written.length === 1 ? 'it' : 'them'} since`,
    {
      hint: `The rows are as they were. Stop what writes there, keep what is wanted of them, then say TRUNCATE ${written[0]} yourself and run the restore again under the same id.`,
    },
  );
}
