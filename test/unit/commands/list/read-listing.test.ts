import { expect } from 'chai';
import { readListing } from '../../../../src/commands/list/read-listing.ts';
import { CainError } from '../../../../src/errors.ts';
import { damagedKey, manifestKey } from '../../../../src/store/layout.ts';
import { recordBytes } from '../../../../src/store/run-record.ts';
import { rejection } from '../../../support/error-code.ts';
import { withFaults } from '../../../support/faulty-store.ts';
import { hourMs, startHistory } from '../../../support/history.ts';
import { failingRead, lastingFailures } from '../../../support/lasting-failures.ts';
import { runSweep } from '../../../support/run-sweep.ts';

const { signal } = new AbortController();

describe('readListing', () => {
  it('lists live backups, not what has expired, was abandoned or is under way', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    const oldManifest = history.store.objects.get(manifestKey(old));
    history.wait(hourMs);
    const live = await history.backup({ nodes: { 'pod-0': ['a'] } });
    await history.expire(old);
    history.wait(hourMs);
    const crashed = await history.crash({ nodes: { 'pod-0': ['a'] } });
    await runSweep(history);
    if (oldManifest) history.store.objects.set(manifestKey(old), oldManifest);
    history.wait(hourMs);
    const running = await history.crash({ nodes: { 'pod-0': ['a'] } });

    const listing = await readListing(history.store, signal);

    expect(listing.backups.map(({ manifest }) => manifest.tag)).to.deep.equal([live]);
    expect(listing.unreadable).to.be.empty;
    expect([...listing.knownTags].toSorted()).to.deep.equal([old, live, crashed, running]);
  });

  it('marks what verify found damaged', async () => {
    const history = startHistory();
    const damaged = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const mended = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const unknown = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['a'] } });
    await history.store.put(damagedKey(damaged), recordBytes({ format: 1, objects: ['x'] }));
    await history.store.put(damagedKey(mended), recordBytes({ format: 1, objects: [] }));
    await history.store.put(damagedKey(unknown), Buffer.from('{'));

    const { backups } = await readListing(history.store, signal);

    expect(backups.map(({ isDamaged }) => isDamaged)).to.deep.equal([true, false, true, false]);
  });

  it('goes on past manifests that can not be read, and says why', async () => {
    const history = startHistory();
    const tags: string[] = [];
    for (let count = 0; count < 4; count++) {
      tags.push(await history.backup({ nodes: { 'pod-0': ['a'] } }));
      history.wait(hourMs);
    }
    const [cut = '', newer = '', copied = '', good = ''] = tags;
    await history.store.put(manifestKey(cut), Buffer.from('{"format"'));
    await history.store.put(manifestKey(newer), Buffer.from('{"format":2}'));
    const manifest = history.store.objects.get(manifestKey(good))?.bytes ?? Buffer.alloc(0);
    await history.store.put(manifestKey(copied), manifest);

    const { backups, unreadable } = await readListing(history.store, signal);

    expect(backups.map((backup) => backup.manifest.tag)).to.deep.equal([good]);
    expect(unreadable.map(({ tag }) => tag)).to.deep.equal([cut, newer, copied]);
    expect(unreadable[0]?.reason).to.contain('not JSON');
    expect(unreadable[1]?.reason).to.contain('format is 2');
    expect(unreadable.some(({ isRefused }) => isRefused)).to.equal(false);
    expect(unreadable[2]?.reason).to.contain(`manifest of ${good}`);
  });

  for (const failure of lastingFailures) {
    it(`shows a manifest that is ${failure.title}, beside those that can be read`, async () => {
      const history = startHistory();
      const good = await history.backup({ nodes: { 'pod-0': ['a'] } });
      history.wait(hourMs);
      const tag = await history.backup({ nodes: { 'pod-0': ['a'] } });
      const store = withFaults(history.store, [failingRead(failure, manifestKey(tag))]);

      const { backups, unreadable } = await readListing(store, signal);

      store.assertAllHit();
      expect(backups.map(({ manifest }) => manifest.tag)).to.deep.equal([good]);
      const { message } = failure.error;
      expect(unreadable).to.deep.equal([{ tag, reason: message, isRefused: !failure.isDamage }]);
    });
  }

  it('shows a manifest that the store refuses, and ends when the store refuses to list', async () => {
    const history = startHistory();
    const tag = await history.backup({ nodes: { 'pod-0': ['a'] } });
    const error = new CainError('CAIN_STORE_ACCESS', 'AccessDenied');

    const { unreadable } = await readListing(withFaults(history.store, [{ method: 'get', error }]), signal);
    expect(unreadable).to.deep.equal([{ tag, reason: 'AccessDenied', isRefused: true }]);

    const refusing = withFaults(history.store, [{ method: 'listNames', error }]);
    await rejection(readListing(refusing, signal), 'CAIN_STORE_ACCESS');
  });
});
