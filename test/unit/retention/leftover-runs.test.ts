import { expect } from 'chai';
import { runsPrefix } from '../../../src/store/layout.ts';
import { dayMs, hourMs, markKey, objectKey, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';

describe('removeLeftoverRuns', () => {
  it('does what a run that died behind its commit had still to do', async () => {
    const history = startHistory();
    const full = await history.backup({ nodes: { 'pod-0': ['a'] }, leavesRunRecord: true });
    expect(history.has(markKey(full))).to.equal(true);

    await runSweep(history);

    expect(history.keys(runsPrefix)).to.be.empty;
    expect(history.has(markKey(full)), 'a full backup carries no mark').to.equal(false);
    expect(history.has(objectKey({ tag: full, file: 'a' }))).to.equal(true);
  });

  it('leaves the mark of a differential backup', async () => {
    const history = startHistory();
    const full = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const differential = await history.backup({ nodes: { 'pod-0': [`a@${full}`] }, leavesRunRecord: true });

    await runSweep(history);

    expect(history.keys(runsPrefix)).to.be.empty;
    expect(history.has(markKey(differential))).to.equal(true);
  });

  it('clears the run record of a backup that has expired since', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] }, leavesRunRecord: true });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['b'] }, completeTags: [] });
    await history.expire(old);

    await runSweep(history);
    expect(history.keys(runsPrefix)).to.be.empty;

    history.wait(2 * dayMs);
    await runSweep(history);
    expect(history.keys('').filter((key) => key.includes(old))).to.be.empty;
  });

  it('keeps the record as long as a checkpoint is locked', async () => {
    const history = startHistory({
      refusesDeletion: (key) => (key.endsWith('/1.jsonl.gz') ? 'locked' : undefined),
    });
    const tag = await history.backup({ nodes: { 'pod-0': ['a'] }, leavesRunRecord: true });

    await runSweep(history);

    expect(history.keys(runsPrefix)).to.have.length(2);
    expect(history.keys(runsPrefix)[0]).to.contain(tag);
  });
});
