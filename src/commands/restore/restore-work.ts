import type { TableImport } from '../../cassandra/import.ts';
import type { JournalBook } from './journal-book.ts';
import type { ImportNode, ImportPlan, RestorePlan, RestoreTable } from './restore-plan.ts';
import type { RestoreRun } from './restore-run.ts';

/** What the steps that change something have in common. */
export interface ImportWork {
  readonly run: RestoreRun;
  readonly plan: ImportPlan;
  /** In step with the journals on the nodes. */
  readonly book: JournalBook;
  /** After an import broke off: brings back what the staging lacks. Gives the number of files; 0 = it lacked nothing. */
  restage(node: ImportNode, table: RestoreTable, description: TableImport): Promise<number>;
}

/** Of a restore from a backup. */
export interface RestoreWork extends ImportWork {
  readonly plan: RestorePlan;
}
