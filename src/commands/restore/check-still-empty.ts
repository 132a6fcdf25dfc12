import { tableName } from '../../cassandra/journal.ts';
import { CainError } from '../../errors.ts';
import { checkConfirmation, confirmationFor } from './check-confirmation.ts';
import { findFilledTables } from './find-filled-tables.ts';
import { allTables, type RestoreGroup, type RestorePlan, type RestoreTable } from './restore-plan.ts';
import type { RestoreWork } from './restore-work.ts';

/**
 * Staging takes hours: a table that was empty when the plan was made, and unconfirmed, may have been written to. So may
 * one that the restore has made; whatever was confirmed, nobody was asked about its rows, and an undo would pass it over.
 */
export async function checkStillEmpty({ run, plan, book }: RestoreWork, group: RestoreGroup): Promise<void> {
  const { clusterName } = run.survey;
  const { tag } = plan.manifest;
  const { restoreConfirm: given, drill: isDrill } = run.context.settings;
  // Nothing is emptied; and nobody writes to the tables of a drill.
  if (plan.alone !== undefined || isDrill) return;
  const made = madeTables(plan);
  const isConfirmed = given === confirmationFor(clusterName, tag);
  const asked = group.tables.filter((table) => !isConfirmed || made.has(tableName(table)));
  const [first, ...others] = asked.map((table): RestoreTable => ({ ...table, isCreated: false }));
  if (!first) return;
  const filled = await findFilledTables(run, [{ ...group, tables: [first, ...others] }], book);
  checkMadeTables(plan, filled);
  checkConfirmation(filled, { given, clusterName, tag, isMerge: plan.isMerge });
}

/** Throws CAIN_RESTORE_UNCONFIRMED where one of these tables is to be truncated and was made by this restore. */
export function checkMadeTables(
  plan: Pick<RestorePlan, 'groups' | 'resumed' | 'isMerge'>,
  filled: ReadonlySet<string>,
): void {
  const made = madeTables(plan);
  const written = [...filled].filter((name) => made.has(name)).toSorted();
  if (written.length === 0) return;
  throw new CainError(
    'CAIN_RESTORE_UNCONFIRMED',
    `This restore has made ${written.join(', ')}, and somebody has written to ${written.length === 1 ? 'it' : 'them'} since`,
    {
      hint: `The rows are as they were. Stop what writes there, keep what is wanted of them, then say TRUNCATE ${written[0]} yourself and run the restore again under the same id.`,
    },
  );
}

/** By this run or an earlier one of the same restore. A merge takes nothing from them; a view has no rows of its own. */
function madeTables({
  groups,
  resumed,
  isMerge,
}: Pick<RestorePlan, 'groups' | 'resumed' | 'isMerge'>): ReadonlySet<string> {
  if (isMerge) return new Set();
  const tables = allTables(groups).filter(({ kind }) => kind === 'table');
  const made = tables.filter(
    (table) => table.isCreated || (resumed?.created.includes(tableName(table)) ?? false),
  );
  return new Set(made.map(tableName));
}
