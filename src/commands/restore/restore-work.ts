import type { JournalBook } from './journal-book.ts';
import type { RestorePlan } from './restore-plan.ts';
import type { RestoreRun } from './restore-run.ts';

/** What the steps that change something have in common. */
export interface RestoreWork {
  readonly run: RestoreRun;
  readonly plan: RestorePlan;
  /** In step with the journals on the nodes. */
  readonly book: JournalBook;
}
