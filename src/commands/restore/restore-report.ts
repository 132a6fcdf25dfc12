import type { RunReport } from '../../metrics/run-metrics.ts';
import { version } from '../../version.ts';
import type { CommandContext } from '../context.ts';
import { measurePhases } from '../phases.ts';
import type { ClusterSurvey } from '../preflight/survey-cluster.ts';
import { pushReport } from '../push-report.ts';
import { allTables, type ImportPlan, totalOf } from './restore-plan.ts';

export interface RestoreReport {
  /** A step begins: its time is measured, and the terminal shows it. */
  phase(name: string): void;
  /** As soon as it is known: also where a finding then ends the run. */
  cluster(survey: Pick<ClusterSurvey, 'clusterName' | 'nodes'>): void;
  restored(plan: ImportPlan): void;
  succeeded(): void;
  /** There was nothing to restore: nothing is pushed, as of a dry run or a clean-up that only removes. */
  discard(): void;
  /** To the Pushgateway, where one is set; a push that fails is a warning. */
  push(): Promise<void>;
}

/** Gathers what a restore did, for its metrics, whatever happens to it. */
export function createRestoreReport(context: CommandContext): RestoreReport {
  const startedAt = context.now();
  const phases = measurePhases(context);
  let clusterName = '';
  let facts: Partial<RunReport> = {};
  let isSuccess = false;
  let isDiscarded = context.settings.dryRun || context.settings.restoreClean;

  return {
    phase: phases.begin,
    cluster(survey) {
      clusterName = survey.clusterName;
      facts = { ...facts, nodesExpected: survey.nodes.length, nodesSucceeded: 0 };
    },
    restored(plan) {
      const { files, bytes } = totalOf(plan.nodes);
      const tables = allTables(plan.groups).length;
      facts = { ...facts, nodesSucceeded: plan.nodes.length, files, bytes, tables };
    },
    succeeded() {
      isSuccess = true;
    },
    discard() {
      isDiscarded = true;
    },
    async push() {
      if (isDiscarded) return;
      const report: RunReport = {
        operation: context.settings.drill ? 'drill' : 'restore',
        startedAt,
        endedAt: context.now(),
        isSuccess,
        phases: phases.end(),
        version,
        ...facts,
      };
      await pushReport(context, report, clusterName);
    },
  };
}
