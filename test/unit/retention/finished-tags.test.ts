import { expect } from 'chai';
import { backupPrefix, inventoryKey, manifestKey, runKey, runsPrefix } from '../../../src/store/layout.ts';
import { dayMs, hourMs, markKey, objectKey, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';

describe('finishedTags', () => {
  it('takes checkpoints at once, and record and tombstone only when no run of that tag can be under way', async () => {
    const history = startHistory();
    const crashed = await history.crash({ nodes: { 'pod-0': ['a'] } });
    await history.store.put(inventoryKey(crashed, 'pod-0'), Buffer.from('half an inventory'));
    history.wait(hourMs);

    await runSweep(history);
    expect(history.keys(`${runsPrefix}${crashed}/`)).to.be.empty;
    expect(history.has(runKey(crashed))).to.equal(true);
    expect(history.has(manifestKey(crashed))).to.equal(true);
    expect(history.has(inventoryKey(crashed, 'pod-0'))).to.equal(true);
    expect(history.has(markKey(crashed)), 'no object is left to be restored').to.equal(false);

    history.wait(dayMs);
    await runSweep(history);
    expect(history.has(manifestKey(crashed)), 'a run that wakes up must meet it').to.equal(true);

    history.wait(1000);
    await runSweep(history);
    expect(history.keys('')).to.be.empty;
  });

  it('waits for the grace where that is longer than a day', async () => {
    const history = startHistory();
    const crashed = await history.crash({ nodes: { 'pod-0': ['a'] } });
    const graceMs = 3 * dayMs;
    await runSweep(history, { graceMs });

    history.wait(2 * dayMs);
    await runSweep(history, { graceMs });
    expect(history.has(manifestKey(crashed))).to.equal(true);

    history.wait(2 * dayMs);
    await runSweep(history, { graceMs });
    expect(history.has(manifestKey(crashed))).to.equal(false);
  });

  it('waits a day even with a grace of seconds', async () => {
    const history = startHistory();
    const crashed = await history.crash({ nodes: { 'pod-0': ['a'] } });
    await runSweep(history, { graceMs: 1000 });

    history.wait(23 * hourMs);
    await runSweep(history, { graceMs: 1000 });

    expect(history.has(manifestKey(crashed))).to.equal(true);
  });

  it('finds what a fenced run still had in flight', async () => {
    const history = startHistory();
    const crashed = await history.crash({ nodes: { 'pod-0': ['a'] } });
    await runSweep(history);
    await history.store.put(objectKey({ tag: crashed, file: 'late' }), Buffer.from('late'));
    history.wait(2 * dayMs);

    await runSweep(history);

    expect(history.keys('')).to.be.empty;
  });

  it('keeps inventories until the grace is over, and then as long as an object is left', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const heir = await history.backup({ nodes: { 'pod-0': [`a@${old}`] } });
    history.wait(hourMs);
    await history.expire(old);

    await runSweep(history);
    expect(history.has(inventoryKey(old, 'pod-0'))).to.equal(true);

    history.wait(2 * dayMs);
    await runSweep(history);
    expect(history.has(inventoryKey(old, 'pod-0'))).to.equal(true);

    await history.backup({ nodes: { 'pod-0': ['z'] } });
    await history.expire(heir);
    history.wait(2 * dayMs);
    await runSweep(history);
    expect(history.keys(backupPrefix(old))).to.be.empty;
  });

  it('keeps the run record when the store will not delete its checkpoints', async () => {
    const history = startHistory({
      refusesDeletion: (key) => (key.endsWith('/1.jsonl.gz') ? 'locked' : undefined),
    });
    const crashed = await history.crash({ nodes: { 'pod-0': ['a'] } });
    await runSweep(history);
    history.wait(2 * dayMs);

    await runSweep(history);

    expect(history.has(runKey(crashed))).to.equal(true);
    expect(history.has(manifestKey(crashed))).to.equal(true);
  });
});
