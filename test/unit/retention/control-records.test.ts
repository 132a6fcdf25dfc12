import { expect } from 'chai';
import { backupPrefix, expiredKey, manifestKey, runKey, topologyKey } from '../../../src/store/layout.ts';
import { dayMs, hourMs, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';

describe('removeRecords', () => {
  it('keeps the expiry record while a live manifest names its tag, and takes all else', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const naming = await history.backup({ nodes: { 'pod-0': ['b'] } });
    history.wait(hourMs);
    await history.expire(old);
    history.wait(2 * dayMs);

    await runSweep(history);
    expect(history.keys('').filter((key) => key.includes(old))).to.deep.equal([expiredKey(old)]);

    await history.backup({ nodes: { 'pod-0': ['c'] } });
    await history.expire(naming);
    await runSweep(history);
    expect(history.has(expiredKey(old)), 'no live manifest names it any more').to.equal(false);
  });

  it('takes the records of a backup that never had an object', async () => {
    const history = startHistory();
    const empty = await history.backup({ nodes: { 'pod-0': [] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['b'] }, completeTags: [] });
    await history.expire(empty);
    history.wait(2 * dayMs);

    await runSweep(history);

    expect(history.keys('').filter((key) => key.includes(empty))).to.be.empty;
  });

  it('keeps the expiry record while an object is left, though somebody removed all other records', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': [`a@${old}`] }, completeTags: [] });
    await history.expire(old);
    for (const key of history.keys(backupPrefix(old))) history.store.objects.delete(key);
    history.wait(2 * dayMs);

    await runSweep(history);

    expect(history.has(expiredKey(old)), 'only this says where the object lies').to.equal(true);
  });

  it('asks for nothing but the pods of a tag whose record only waits', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['b'] } });
    await history.expire(old);
    history.wait(2 * dayMs);
    await runSweep(history);
    const before = { ...history.store.requests };

    await runSweep(history);

    const sent = (name: string) => (history.store.requests[name] ?? 0) - (before[name] ?? 0);
    expect(sent('DeleteObjects')).to.equal(0);
    expect(sent('PutObject')).to.equal(0);
    expect(sent('ListObjectsV2'), 'four of the catalog, one of the tag').to.equal(5);
  });

  it('keeps the last record as long as another one of the tag is locked', async () => {
    const history = startHistory({
      refusesDeletion: (key) => (key.endsWith('topology.json.gz') ? 'locked' : undefined),
    });
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['b'] }, completeTags: [] });
    await history.expire(old);
    history.wait(hourMs);
    const crashed = await history.crash({ nodes: { 'pod-0': ['c'] } });
    await history.store.put(topologyKey(crashed), Buffer.from('x'));
    await runSweep(history);
    history.wait(2 * dayMs);

    await runSweep(history);
    await runSweep(history);

    expect(history.keys(backupPrefix(old))).to.deep.equal([topologyKey(old)]);
    expect(history.has(expiredKey(old))).to.equal(true);
    expect(history.has(manifestKey(crashed))).to.equal(true);
  });

  it('keeps the tombstone as long as the record of its run is locked', async () => {
    const history = startHistory({
      refusesDeletion: (key) =>
        key.startsWith('.cain/runs/') && key.endsWith('.json') ? 'locked' : undefined,
    });
    const crashed = await history.crash({ nodes: { 'pod-0': ['c'] } });
    await runSweep(history);
    history.wait(2 * dayMs);

    await runSweep(history);

    expect(history.has(runKey(crashed))).to.equal(true);
    expect(history.has(manifestKey(crashed))).to.equal(true);
  });
});
