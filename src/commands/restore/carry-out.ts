import { midRun } from '../../errors.ts';
import { checkSchemaSince } from './check-schema-since.ts';
import { checkEarlierTables, checkStillEmpty } from './check-still-empty.ts';
import { createMissing } from './create-missing.ts';
import type { JournalBook } from './journal-book.ts';
import { leaveInOrder } from './leave-in-order.ts';
import { mendStaging } from './mend-staging.ts';
import { mayHaveTruncated } from './next-step.ts';
import { mendCompaction } from './read-journals.ts';
import { rehearse } from './rehearse.ts';
import { restoreGroups } from './restore-groups.ts';
import { allTables, type RestorePlan } from './restore-plan.ts';
import type { RestoreReport } from './restore-report.ts';
import type { RestoreRun } from './restore-run.ts';
import type { RestoreWork } from './restore-work.ts';
import type { JournalsByPod } from './resume.ts';
import { beginJournals, stageNodes } from './stage-nodes.ts';

/** The plan of a restore and what its steps need beside it. */
export function restoreWork(run: RestoreRun, plan: RestorePlan, book: JournalBook): RestoreWork {
  const work: RestoreWork = {
    run,
    plan,
    book,
    restage: (node, table, description) => mendStaging(work, node, table, description),
  };
  return work;
}

/** Steps 5 to 9. However it ends, nothing goes on in the pods and automatic compaction is on. */
export async function carryOut(
  work: RestoreWork,
  {
    journals,
    report,
    finish,
  }: {
    journals: JournalsByPod;
    report: RestoreReport;
    /** Is given the tables in which no row was found although the backup holds files of them. */
    finish(withoutRows: readonly string[]): Promise<void>;
  },
): Promise<void> {
  const { run, plan, book } = work;
  run.context.log.info('Restoring', {
    restoreId: plan.id,
    tables: plan.groups.length,
    nodes: plan.nodes.length,
  });
  report.phase('rehearse');
  await mendCompaction(run, journals);
  await checkEarlierTables(work);
  // Once tables are truncated it comes too late: what it would show, the next import shows before the next truncate.
  if (!mayHaveTruncated(book.statesOf(allTables(plan.groups)))) await rehearse(run, plan);
  report.phase('create');
  await createMissing(run, plan);
  const checkSchema = checkSchemaSince(run);
  try {
    report.phase('stage');
    await beginJournals(work);
    await stageNodes(work);
    report.phase('import');
    const withoutRows = await restoreGroups(work, async (group) => {
      await checkSchema(group);
      await checkStillEmpty(work, group);
    });
    report.phase('finish');
    await finish(withoutRows);
  } catch (error) {
    throw await leaveInOrder(work, midRun(error));
  }
}
