import { humanBytes, humanCount } from '../../logging/human.ts';
import { shownTime } from '../text-table.ts';
import type { PruneOutcome } from './apply-retention.ts';
import type { RetentionProgress } from './carry-out.ts';

/** What a prune did, a line a fact. */
export function summaryLines(
  { expired, tally }: RetentionProgress,
  { retainedBackups, oldestRestorable, deletedBytes, deletedObjects }: PruneOutcome,
): readonly string[] {
  const facts: ReadonlyArray<readonly [string, string]> = [
    ['Expired', expired.length === 0 ? 'none' : expired.join(', ')],
    ['Retained', retainedBackups === 1 ? '1 backup' : `${retainedBackups ?? 0} backups`],
    ['Oldest', oldestRestorable ? shownTime(oldestRestorable) : 'none'],
    ['Deleted', `${humanCount(deletedObjects)} objects, ${humanBytes(deletedBytes)}`],
    ...(tally.refused > 0
      ? ([['Locked', `${humanCount(tally.refused)} objects that the store would not delete`]] as const)
      : []),
    ...(tally.marked
      ? ([
          [
            'Versions',
            `${humanCount(tally.marked)} of what was deleted stay as older versions of the bucket`,
          ],
        ] as const)
      : []),
  ];
  return facts.map(([name, value]) => `${name.padEnd(10)}${value}`);
}
