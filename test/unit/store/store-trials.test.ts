import { expect } from 'chai';
import { probePrefix } from '../../../src/store/layout.ts';
import { checksumTrials, conditionTrials } from '../../../src/store/store-trials.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { collect } from './conformance/collect.ts';

const { signal } = new AbortController();

describe('store trials', () => {
  // Retention looks there for uploads that a trial left, and nowhere else.
  it('leave objects and uploads of theirs below one prefix only', async () => {
    const store = openMemoryStore();

    for (const trial of [...conditionTrials, ...checksumTrials]) {
      expect(await trial(store, { signal })).to.equal(undefined);
    }
    const keys = (await collect(store.list('', { signal }))).map(({ key }) => key);

    expect(keys).to.not.be.empty;
    expect(keys.filter((key) => !key.startsWith(probePrefix))).to.deep.equal([]);
    expect(await collect(store.listUploads('', { signal }))).to.deep.equal([]);
  });
});
