import { expect } from 'chai';
import { readListing } from '../../../../src/commands/list/read-listing.ts';
import { textListing } from '../../../../src/commands/list/text-listing.ts';
import { hourMs, startHistory } from '../../../support/history.ts';

const { signal } = new AbortController();
const nothing = { backups: [], unreadable: [], originals: [] };

describe('textListing', () => {
  it('is a table, with what is odd below it', async () => {
    const history = startHistory();
    const full = await history.backup({ nodes: { 'pod-0': ['a', 'b'], 'pod-1': ['a'] } });
    history.wait(hourMs);
    await history.backup({ plan: 'hourly', coverage: 'quorum', nodes: { 'pod-0': [`a@${full}`] } });
    const { backups } = await readListing(history.store, signal);

    const lines = textListing('s3://bucket/', {
      backups: backups.map((backup, index) => ({ ...backup, isDamaged: index === 1 })),
      unreadable: [{ tag: '20250102020000', reason: 'it is not JSON', isRefused: false }],
      originals: [{ tag: '20200101000000', keyspaces: [{ name: 'shop', sum: '8f8436' }] }],
    });

    expect(lines).to.deep.equal([
      'TAG             PLAN     COMMITTED (UTC)      MODE          COVERAGE  NODES  FILES  SIZE  UPLOADED  CASSANDRA',
      '20250101020000  default  2025-01-01 02:00:00  full          whole         2      3  66 B      66 B  5.0.9',
      '20250101030000  hourly   2025-01-01 03:00:00  differential  quorum        1      1  22 B       0 B  5.0.9      DAMAGED',
      '20250102020000  UNREADABLE: it is not JSON',
      '20200101000000  without a manifest, as the original Cain wrote it: shop (schema sum 8f8436)',
    ]);
  });

  it('says where there is nothing', () => {
    expect(textListing('s3://bucket/', nothing)).to.deep.equal(['No backups at s3://bucket/']);
  });
});
