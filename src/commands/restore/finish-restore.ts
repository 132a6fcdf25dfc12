import { tableName } from '../../cassandra/journal.ts';
import { finishJournal } from '../../cassandra/journal-files.ts';
import { confirmationFor } from './check-confirmation.ts';
import { undoIdOf } from './choose-undo.ts';
import { sizeText } from './describe-plan.ts';
import { nextAdvice } from './next-advice.ts';
import { readAllJournals } from './read-journals.ts';

import { allTables, type RestorePlan, totalOf } from './restore-plan.ts';
import { describeRoles, type RestoredRoles } from './restore-roles.ts';

import { journalOf, onAllNodes, rootsOf } from './restore-run.ts';
import type { RestoreWork } from './restore-work.ts';
import { skippedLines } from './skipped-lines.ts';
import { clearOwnUndo, undoOf } from './undo.ts';

export interface RestoreOutcome {
  /** Tables in which no row was found although the backup holds files of them. */
  readonly withoutRows: readonly string[];
  /** undefined = they were not asked for. */
  readonly roles: RestoredRoles | undefined;
}

/** Removes the staging, marks the restore as finished, and says what was done and how it can be undone. */
export async function finishRestore(work: RestoreWork, outcome: RestoreOutcome): Promise<void> {
  const { withoutRows } = outcome;
  const { run, plan } = work;
  const { settings, log, print } = run.context;
  await onAllNodes(plan.nodes, ({ node }) =>
    finishJournal(
      run.access.tools,
      node.pod,
      { journal: journalOf(node, plan.id), roots: rootsOf(node, plan.id) },
      run.signal,
    ),
  );
  const { files, bytes } = totalOf(plan.nodes);
  const tables = allTables(plan.groups);
  const { tag } = plan.manifest;
  for (const table of withoutRows)
    log.warn('No row was found in a table that the backup holds files of', { table });
  for (const line of summaryLines(work, outcome)) print(line);
  if (settings.restoreUndo === 'clear') await clearOwnUndo(run, plan.id);
  else for (const line of await undoLines(work)) print(line);
  log.info('Restored the backup', {
    tag,
    restoreId: plan.id,
    nodes: plan.nodes.length,
    tables: tables.length,
    files,
    bytes,
  });
}

function summaryLines({ run, plan }: RestoreWork, { withoutRows, roles }: RestoreOutcome): readonly string[] {
  const { files, bytes } = totalOf(plan.nodes);
  const tables = allTables(plan.groups);
  const created = new Set([
    ...tables.filter(({ isCreated }) => isCreated).map(tableName),
    ...(plan.resumed?.created ?? []),
  ]);
  return [
    `Restored backup ${plan.manifest.tag} into cluster ${run.survey.clusterName}: ${tables.length} tables, ${files} files, ${sizeText(bytes)} on ${plan.nodes.length} nodes (restore ${plan.id})`,
    ...(created.size > 0 ? [`Created: ${[...created].join(', ')}`] : []),
    rowsLine(plan, withoutRows),
    ...(withoutRows.length > 0
      ? [`Without a row now, perhaps since all have expired: ${withoutRows.join(', ')}`]
      : []),
    ...(plan.unlike.length > 0
      ? ['Otherwise than in the backup:', ...plan.unlike.map((each) => `  ${each}`)]
      : []),
    ...skippedLines(plan, roles !== undefined),
    ...(roles ? describeRoles(roles) : []),
    ...plan.warnings,
    `Next: ${nextAdvice(plan)}`,
  ];
}

/** Not how many rows: that would read each of them. */
function rowsLine(plan: RestorePlan, withoutRows: readonly string[]): string {
  const filled = allTables(plan.groups).filter((table) => totalOf(plan.nodes, tableName(table)).sstables > 0);
  return `Rows were found in ${filled.length - withoutRows.length} of ${filled.length} tables that the backup holds files of`;
}

async function undoLines({ run, plan }: RestoreWork): Promise<readonly string[]> {
  const journals = await readAllJournals(run);
  if (plan.alone !== undefined) return [];
  const undo = undoOf(run.survey.nodes, journals, plan.id);
  if (undo.length === 0) return ['There is nothing to undo: no table held anything before.'];
  const { clusterName } = run.survey;
  return [
    'What the tables held before is kept in snapshots on the nodes, and takes room, until `cain restore --clean`. To go back to it:',
    `  CAIN_RESTORE_ID=${plan.id} cain restore --undo --restore-confirm '${confirmationFor(clusterName, undoIdOf(plan.id))}'`,
  ];
}
