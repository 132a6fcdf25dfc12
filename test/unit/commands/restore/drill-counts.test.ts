import { expect } from 'chai';
import { compareCounts, describeCounts } from '../../../../src/commands/restore/drill-counts.ts';
import { drillRenames } from '../../../../src/commands/restore/drill-renames.ts';
import { CainError } from '../../../../src/errors.ts';

const users = { table: 'shop.users', sstables: 2, restored: 40, present: 50 };

describe('counts of a drill', () => {
  it('are told beside those of the tables as they are now', () => {
    expect(
      describeCounts([users, { ...users, table: 'shop.old', restored: 2, present: undefined }]),
    ).to.deep.equal([
      'Rows read: 42 in 2 tables',
      '  shop.users: 40 in the backup, 50 in the table now',
      '  shop.old: 2 in the backup, the table is not there now',
    ]);
  });

  it('fail where files gave no row and the table has some', () => {
    expect(() => compareCounts([users, { ...users, table: 'shop.bad', restored: 0 }]))
      .to.throw(CainError, 'no row in shop.bad (50 in the table now)')
      .with.property('code', 'CAIN_RESTORE_UNPROVEN');
  });

  it('are fine where the backup holds no file, or the table has no row, either', () => {
    compareCounts([
      { ...users, sstables: 0, restored: 0 },
      { ...users, restored: 0, present: 0 },
      { ...users, restored: 0, present: undefined },
    ]);
  });

  it('are told and no failure where the rows of the backup may all have expired', () => {
    const hits = { ...users, table: 'shop.hits', restored: 0, expires: true };

    compareCounts([hits]);

    expect(describeCounts([hits])[1]).to.equal(
      '  shop.hits: 0 in the backup, 50 in the table now; its rows have a TTL, and those of the backup may all have expired',
    );
  });
});

describe('names of a drill', () => {
  it('lie beside each keyspace', () => {
    expect(drillRenames(['shop'])).to.deep.equal([
      { from: { keyspace: 'shop' }, to: { keyspace: 'cain_drill_shop' } },
    ]);
  });

  it('are refused where they would be too long', () => {
    expect(() => drillRenames(['shop', 'k'.repeat(40)])).to.throw(CainError, 'kkkk');
  });
});
