import { randomUUID } from 'node:crypto';
import { CainError, midRun } from '../errors.ts';
import { clearAbortedUploads } from '../retention/aborted-uploads.ts';
import type { HeldBack } from '../retention/policy.ts';
import { newTally } from '../retention/sweep-run.ts';
import { version } from '../version.ts';
import type { CommandContext } from './context.ts';
import { measurePhases } from './phases.ts';
import { outcomeOf } from './prune/apply-retention.ts';
import {
  carryOutRetention,
  planRetention,
  type RetentionProgress,
  type RetentionRun,
} from './prune/carry-out.ts';
import { openPruneTarget } from './prune/open-target.ts';
import { decisionLines } from './prune/print-decision.ts';
import { summaryLines } from './prune/summary.ts';
import { pushReport } from './push-report.ts';

/**
 * Applies retention to the backups of one plan and clears what no backup needs any more, as a backup does at its end; but
 * here a failure is the command's, and what is held back is refused (CAIN_PRUNE_HELD_BACK).
 */
export async function prune(context: CommandContext): Promise<void> {
  measurePhases(context).begin('prune');
  if (context.settings.dryRun) await onTarget(context, (run) => showPlan(context, run));
  else await pruneAndTell(context);
}

/** Runs a task on the prefix that is the user's own, under the Lease. */
async function onTarget(
  context: CommandContext,
  task: (run: RetentionRun) => Promise<void>,
  onName: (clusterName: string) => void = () => {},
): Promise<void> {
  const { settings, log, now } = context;
  const target = await openPruneTarget(context, { holder: settings.holder ?? randomUUID(), onName });
  try {
    const { store, signal, confirmLease } = target;
    await task({ store, settings, log, signal, now, confirmLease });
  } catch (error) {
    throw settings.dryRun ? error : midRun(error);
  } finally {
    await target.close();
  }
}

async function showPlan({ settings, print }: CommandContext, run: RetentionRun): Promise<void> {
  const { catalog, decision } = await planRetention(run);
  for (const line of decisionLines(decision, catalog, settings.pruneGraceMs)) print(line);
}

async function pruneAndTell(context: CommandContext): Promise<void> {
  const startedAt = context.now();
  const done: RetentionProgress = { expired: [], tally: newTally() };
  let clusterName = context.settings.src?.clusterName ?? '';
  let isSuccess = false;
  try {
    const onName = (name: string): void => {
      clusterName = name;
    };
    await onTarget(context, (run) => pruneNow(run, done), onName);
    isSuccess = true;
  } finally {
    await tell(context, { startedAt, done, clusterName, isSuccess });
  }
  for (const line of summaryLines(done, outcomeOf(done))) context.print(line);
}

async function pruneNow(run: RetentionRun, done: RetentionProgress): Promise<void> {
  await carryOutRetention(run, done);
  if (done.decision?.heldBack) throw heldBackError(done.decision.plan, done.decision.heldBack);
  await clearAbortedUploads(run.store, { signal: run.signal, log: run.log });
}

async function tell(
  context: CommandContext,
  {
    startedAt,
    done,
    clusterName,
    isSuccess,
  }: { startedAt: Date; done: RetentionProgress; clusterName: string; isSuccess: boolean },
): Promise<void> {
  const prune = { ...outcomeOf(done), isSuccess };
  if (!isSuccess && prune.deletedBackups + prune.deletedObjects > 0) {
    context.log.warn('Prune stopped half-way; the next one goes on from here', {
      expired: done.expired,
      ...done.tally,
    });
  }
  const { retainedBackups, oldestRestorable } = prune;
  await pushReport(
    context,
    {
      operation: 'prune',
      startedAt,
      endedAt: context.now(),
      isSuccess,
      phases: {},
      prune,
      retainedBackups,
      oldestRestorable,
      version,
    },
    clusterName,
  );
}

function heldBackError(plan: string, { expiring, total }: HeldBack): CainError {
  return new CainError(
    'CAIN_PRUNE_HELD_BACK',
    `Prune would take ${expiring} of the ${total} backups of plan ${plan}; nothing was deleted`,
    {
      hint: `Look at the plan with --dry-run. If it is what you mean, set CAIN_PRUNE_CONFIRM=${expiring}.`,
      fields: { plan, expiring, total },
    },
  );
}
