import { expect } from 'chai';
import { findOriginals } from '../../../../src/commands/list/find-originals.ts';
import { readListing } from '../../../../src/commands/list/read-listing.ts';
import { objectKey, startHistory } from '../../../support/history.ts';

const { signal } = new AbortController();

describe('findOriginals', () => {
  it('finds tags without a record of ours, with each keyspace and sum', async () => {
    const history = startHistory();
    await history.backup({ nodes: { 'pod-0': ['a'] } });
    const original = objectKey({ tag: '20200101000000', file: 'a' });
    for (const key of [
      original,
      original.replace('shop/aaaaaa', 'log/bbbbbb'),
      objectKey({ tag: '20190101000000', file: 'a' }),
      'shop/notes/20200101000000/x',
      'shop/aaaaaa/latest/x',
      'stray',
    ]) {
      await history.store.put(key, Buffer.from('x'));
    }

    const { knownTags } = await readListing(history.store, signal);

    expect(await findOriginals(history.store, knownTags, signal)).to.deep.equal([
      { tag: '20190101000000', keyspaces: [{ name: 'shop', sum: 'aaaaaa' }] },
      {
        tag: '20200101000000',
        keyspaces: [
          { name: 'log', sum: 'bbbbbb' },
          { name: 'shop', sum: 'aaaaaa' },
        ],
      },
    ]);
  });
});
