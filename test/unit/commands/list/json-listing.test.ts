import { expect } from 'chai';
import { jsonListing } from '../../../../src/commands/list/json-listing.ts';
import { readListing } from '../../../../src/commands/list/read-listing.ts';
import { startHistory } from '../../../support/history.ts';

const { signal } = new AbortController();

describe('jsonListing', () => {
  it('holds all that a program may ask for', async () => {
    const history = startHistory();
    const tag = await history.backup({ nodes: { 'pod-0': ['a', 'b'], 'pod-1': ['a'] } });
    const { backups } = await readListing(history.store, signal);
    const unreadable = [{ tag: '20250102020000', reason: 'it is not JSON', isRefused: false }];
    const originals = [{ tag: '20200101000000', keyspaces: [{ name: 'shop', sum: '8f8436' }] }];

    expect(JSON.parse(jsonListing({ backups, unreadable, originals }))).to.deep.equal({
      backups: [
        {
          tag,
          plan: 'default',
          startedAt: '2025-01-01T02:00:00.000Z',
          committedAt: '2025-01-01T02:00:00.000Z',
          mode: 'full',
          coverage: 'whole',
          nodes: 2,
          files: 3,
          bytes: 66,
          uploadedBytes: 66,
          cassandraVersions: ['5.0.9'],
          isDamaged: false,
          keyspaces: [{ name: 'shop', sum: 'aaaaaa' }],
        },
      ],
      unreadable: [{ tag: '20250102020000', reason: 'it is not JSON' }],
      originals,
    });
  });
});
