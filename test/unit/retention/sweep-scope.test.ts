import { expect } from 'chai';
import { expiredKey, manifestKey, runKey } from '../../../src/store/layout.ts';
import { tombstoneBytes } from '../../../src/store/manifest.ts';
import { recordBytes } from '../../../src/store/run-record.ts';
import { rejection } from '../../support/error-code.ts';
import { dayMs, type History, hourMs, objectKey, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';

async function expired(): Promise<{ history: History; old: string }> {
  const history = startHistory();
  const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
  history.wait(hourMs);
  await history.backup({ nodes: { 'pod-0': ['b'] }, completeTags: [] });
  await history.expire(old);
  history.wait(2 * dayMs);
  return { history, old };
}

describe('readScope', () => {
  it('takes a tag that is both expired and fenced for expired', async () => {
    const { history, old } = await expired();
    await history.store.put(manifestKey(old), tombstoneBytes);
    await history.store.put(
      runKey(old),
      recordBytes({ format: 1, tag: old, plan: 'default', startedAt: '', keyspaces: [], nodes: [] }),
    );

    await runSweep(history);

    expect(history.keys('').filter((key) => key.includes(old))).to.be.empty;
  });

  for (const [title, keyspaces] of [
    ['an empty sum', [{ name: 'shop', sum: '' }]],
    ['a keyspace that is a path', [{ name: '../other', sum: 'aaaaaa' }]],
    ['our own records', [{ name: '.cain', sum: 'backups' }]],
  ] as const) {
    it(`stops at a record that names ${title}`, async () => {
      const { history, old } = await expired();
      const record = { format: 1, tag: old, plan: 'default', keyspaces, nodes: [] } as const;
      await history.store.put(expiredKey(old), recordBytes(record));
      history.wait(2 * dayMs);
      const before = history.keys('');

      await rejection(runSweep(history), 'CAIN_PRUNE_STOPPED');

      expect(history.keys('')).to.deep.equal(before);
    });
  }

  it('stops at the record of another run', async () => {
    const { history, old } = await expired();
    const crashed = await history.crash({ nodes: { 'pod-0': ['c'] } });
    const record = history.store.objects.get(runKey(crashed));
    history.wait(hourMs);
    const other = await history.crash({ nodes: { 'pod-0': ['c'] } });
    if (record) history.store.objects.set(runKey(other), record);

    const error = await rejection(runSweep(history), 'CAIN_PRUNE_STOPPED');

    expect(error.message).to.contain(runKey(other)).and.to.contain(crashed);
    expect(history.has(objectKey({ tag: old, file: 'a' }))).to.equal(true);
  });
});
