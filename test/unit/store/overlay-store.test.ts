import { expect } from 'chai';
import { overlayStore } from '../../../src/store/overlay-store.ts';
import { readObject } from '../../../src/store/read-object.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

const never = new AbortController().signal;

describe('store with objects in memory', () => {
  it('reads and names them beside those that are stored', async () => {
    const store = openMemoryStore();
    await store.put('a/one/x', Buffer.from('stored'));
    const overlaid = overlayStore(store, new Map([['a/two/y', Buffer.from('in memory')]]));

    const names: string[] = [];
    for await (const name of overlaid.listNames('a/')) names.push(name);

    expect(names).to.have.members(['one', 'two']);
    expect(String(await readObject(overlaid, 'a/two/y', never))).to.equal('in memory');
    expect(String(await readObject(overlaid, 'a/one/x', never))).to.equal('stored');
    expect((await overlaid.head('a/two/y'))?.sizeBytes).to.equal(9);
    expect(await overlaid.head('a/none')).to.equal(undefined);
  });
});
