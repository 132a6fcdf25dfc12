import { expect } from 'chai';
import { summaryLines } from '../../../../src/commands/prune/summary.ts';

const outcome = {
  deletedBackups: 2,
  deletedObjects: 1234,
  deletedBytes: 5 * 1024 * 1024,
  retainedBackups: 7,
  oldestRestorable: new Date('2025-01-03T02:00:00Z'),
  isHeldBack: false,
  isSuccess: true,
};
const tally = { deletedObjects: 1234, deletedBytes: 5 * 1024 * 1024, deletedRecords: 9, refused: 0 };

describe('summaryLines', () => {
  it('tells what a prune did', () => {
    const lines = summaryLines({ expired: ['20250101020000', '20250102020000'], tally }, outcome);

    expect(lines).to.deep.equal([
      'Expired   20250101020000, 20250102020000',
      'Retained  7 backups',
      'Oldest    2025-01-03 02:00:00',
      'Deleted   1,234 objects, 5.0 MiB',
    ]);
  });

  it('tells of locked objects, and of nothing left', () => {
    const { oldestRestorable: _, ...empty } = { ...outcome, retainedBackups: 1 };

    expect(summaryLines({ expired: [], tally: { ...tally, marked: 3 } }, empty).at(-1)).to.equal(
      'Versions  3 of what was deleted stay as older versions of the bucket',
    );
    expect(summaryLines({ expired: [], tally: { ...tally, refused: 3 } }, empty)).to.deep.equal([
      'Expired   none',
      'Retained  1 backup',
      'Oldest    none',
      'Deleted   1,234 objects, 5.0 MiB',
      'Locked    3 objects that the store would not delete',
    ]);
  });
});
