import type { StepCost } from './run-step.ts';

export const scaleSteps = ['plan-and-commit', 'list', 'prune'] as const;

export interface ScaleRow extends StepCost {
  readonly step: (typeof scaleSteps)[number];
  readonly nodes: number;
  /** Of one backup; a prune reads the inventories of three. */
  readonly files: number;
}

export interface ListRow extends StepCost {
  readonly backups: number;
  /** Of each backup. */
  readonly nodes: number;
}

export interface ScaleResult {
  readonly startedAt: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly rows: readonly ScaleRow[];
  readonly lists: readonly ListRow[];
}
