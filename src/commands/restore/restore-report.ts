import type { RunReport } from '../../metrics/run-metrics.ts';
import { version } from '../../version.ts';
import type { CommandContext } from '../context.ts';
import { measurePhases } from '../phases.ts';
import { pushReport } from '../push-report.ts';
import { allTables, type ImportPlan, totalOf } from './restore-plan.ts';

export interface RestoreReport {
  /** A step begins: its time is measured, and the terminal shows it. */
  phase(name: string): void;
  cluster(name: string, nodes: number): void;
  restored(plan: ImportPlan): void;
  succeeded(): void;
  /** Nothing was to be restored (a dry run, a clean-up): nothing is pushed. */
  discard(): void;
  /** To the Pushgateway, where one is set; a push that fails is a warning. */
  push(): Promise<void>;
}

/** Gathers what a restore did, for its metrics, whatever happens to it. */
export function createRestoreReport(context: CommandContext): RestoreReport {
  const startedAt = context.now();
  const phases = measurePhases(context.progress);
  let clusterName = '';
  let facts: Partial<RunReport> = {};
  let isSuccess = false;
  let isDiscarded = false;

  return {
    phase: phases.begin,
    cluster(name, nodes) {
      clusterName = name;
      facts = { ...facts, nodesExpected: nodes, nodesSucceeded: 0 };
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
