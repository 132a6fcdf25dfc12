import { checkConfirmation, confirmationFor } from './check-confirmation.ts';
import { findFilledTables } from './find-filled-tables.ts';
import type { RestoreGroup } from './restore-plan.ts';
import type { RestoreWork } from './restore-work.ts';

/** Staging takes hours: a table that was empty when the plan was made, and unconfirmed, may have been written to. */
export async function checkStillEmpty({ run, plan, book }: RestoreWork, group: RestoreGroup): Promise<void> {
  const { clusterName } = run.survey;
  const { tag } = plan.manifest;
  // Nothing is emptied.
  if (plan.alone !== undefined) return;
  const given = run.context.settings.restoreConfirm;
  if (given === confirmationFor(clusterName, tag)) return;
  const filled = await findFilledTables(run, [group], book);
  checkConfirmation(filled, { given, clusterName, tag, isMerge: plan.isMerge });
}
