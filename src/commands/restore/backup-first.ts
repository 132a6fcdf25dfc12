import { randomUUID } from 'node:crypto';
import type { Settings } from '../../settings/table.ts';
import { checkConfirmation } from './check-confirmation.ts';
import { withOriginal } from './original/with-original.ts';
import { planRestore } from './plan-restore.ts';
import { readAllJournals } from './read-journals.ts';
import type { RestorePlan } from './restore-plan.ts';
import type { RestoreRun } from './restore-run.ts';
import { standingOf } from './resume.ts';

/** Never "latest" of a plan that restores read from: what it holds is what they replace. */
const planName = 'before-restore';

/** What is to be saved before a restore, and the tag that it restores: "latest" is settled before anything new is there. */
export interface FirstBackup {
  readonly settings: Settings;
  readonly tag: string;
}

/**
 * CAIN_BACKUP_FIRST: the settings of a backup of what the restore is about to take away; undefined = nothing is. The
 * plan is made and confirmed for it, so that what would be refused is refused before a backup is taken.
 */
export async function planFirstBackup(given: RestoreRun): Promise<FirstBackup | undefined> {
  const run = await withOriginal(given);
  const { settings } = run.context;
  const id = settings.restoreId ?? randomUUID();
  const journals = await readAllJournals(run);
  const standing = standingOf(journals, id, settings.tag ?? 'latest');
  if (standing.kind === 'finished') return undefined;
  const plan = await planRestore(run, { id, standing, journals });
  const { tag } = plan.manifest;
  checkConfirmation(plan.filled, {
    given: settings.restoreConfirm,
    clusterName: run.survey.clusterName,
    tag,
    isMerge: plan.isMerge,
  });
  const keyspaces = keyspacesToSave(plan);
  return keyspaces.length === 0 ? undefined : { settings: settingsOfBackup(settings, keyspaces), tag };
}

/** Pure. Once a table is truncated, the cluster is no longer what it was, and a backup of it no way back. */
export function keyspacesToSave({
  filled,
  truncated,
}: Pick<RestorePlan, 'filled' | 'truncated'>): readonly string[] {
  if (truncated.size > 0) return [];
  return [...new Set([...filled].map((table) => table.slice(0, table.indexOf('.'))))].toSorted();
}

/** Pure. A backup of its own plan that lets nothing expire, the one that is restored least of all, and pushes no metrics. */
export function settingsOfBackup(settings: Settings, keyspaces: readonly string[]): Settings {
  return {
    ...settings,
    keyspaces,
    plan: planName,
    keepLast: undefined,
    keepHourly: undefined,
    keepDaily: undefined,
    keepWeekly: undefined,
    keepMonthly: undefined,
    keepYearly: undefined,
    keepWithinMs: undefined,
    pushgatewayUrl: undefined,
  };
}
