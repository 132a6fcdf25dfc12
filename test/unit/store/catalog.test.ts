import { expect } from 'chai';
import { fence, knownTags, readCatalog, unfinishedTags } from '../../../src/store/catalog.ts';
import { damagedKey, expiredKey, manifestKey } from '../../../src/store/layout.ts';
import { recordBytes } from '../../../src/store/run-record.ts';
import { rejection } from '../../support/error-code.ts';
import { hourMs, startHistory } from '../../support/history.ts';

const { signal } = new AbortController();

describe('readCatalog', () => {
  it('tells live, expired, abandoned and unfinished tags apart', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const live = await history.backup({ nodes: { 'pod-0': ['a'] } });
    await history.expire(old);
    history.wait(hourMs);
    const crashed = await history.crash({ nodes: { 'pod-0': ['a'] } });
    await fence(history.store, crashed, signal);
    const fencedAt = history.now();
    history.wait(hourMs);
    const running = await history.crash({ nodes: { 'pod-0': ['a'] } });
    await history.store.put(damagedKey(live), recordBytes({ format: 1, objects: ['x'] }));

    const catalog = await readCatalog(history.store, signal);

    expect(catalog.backups.map(({ tag }) => tag)).to.deep.equal([live]);
    expect(catalog.expiring).to.be.empty;
    expect(catalog.expired.map(({ record }) => record.tag)).to.deep.equal([old]);
    expect(catalog.abandoned).to.deep.equal([{ tag: crashed, since: fencedAt }]);
    expect(catalog.runTags).to.deep.equal([crashed, running]);
    expect(catalog.withoutManifest).to.deep.equal([old]);
    expect([...catalog.damaged.keys()]).to.deep.equal([live]);
    expect(unfinishedTags(catalog)).to.deep.equal([running]);
    expect(new Set(knownTags(catalog))).to.deep.equal(new Set([old, live, crashed, running]));
  });

  it('counts no backup as live whose expiry is recorded, though its manifest is there', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    const manifest = history.store.objects.get(manifestKey(old));
    await history.expire(old);
    if (manifest) history.store.objects.set(manifestKey(old), manifest);

    const catalog = await readCatalog(history.store, signal);

    expect(catalog.backups).to.be.empty;
    expect(catalog.expiring.map(({ tag }) => tag)).to.deep.equal([old]);
  });

  it('takes neither a manifest nor an expiry record that lies under another tag', async () => {
    const history = startHistory();
    const one = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const two = await history.backup({ nodes: { 'pod-0': ['a'] } });
    const manifest = history.store.objects.get(manifestKey(two));
    await history.expire(one);
    const record = history.store.objects.get(expiredKey(one));

    if (record) history.store.objects.set(expiredKey(two), record);
    expect((await rejection(readCatalog(history.store, signal), 'CAIN_FORMAT')).message).to.contain(one);

    history.store.objects.delete(expiredKey(two));
    if (manifest) history.store.objects.set(manifestKey(one), manifest);
    expect((await rejection(readCatalog(history.store, signal), 'CAIN_FORMAT')).message).to.contain(two);
  });
});
