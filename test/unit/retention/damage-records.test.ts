import { expect } from 'chai';
import { damagedKey } from '../../../src/store/layout.ts';
import { recordBytes } from '../../../src/store/run-record.ts';
import { dayMs, type History, hourMs, objectKey, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';

async function recordDamage(history: History, tag: string, file: string): Promise<void> {
  const record = recordBytes({ format: 1, objects: [objectKey({ tag, file })] });
  await history.store.put(damagedKey(tag), record);
}

describe('removeDamageRecords', () => {
  it('keeps the record of a live backup, even when its object is missing', async () => {
    const history = startHistory();
    const live = await history.backup({ nodes: { 'pod-0': ['a'] } });
    await recordDamage(history, live, 'gone');

    await runSweep(history);

    expect(history.has(damagedKey(live))).to.equal(true);
  });

  it('keeps the record of an expired backup while its object is there, and no longer', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    await recordDamage(history, old, 'a');
    history.wait(hourMs);
    const heir = await history.backup({ nodes: { 'pod-0': [`a@${old}`] } });
    await history.expire(old);
    history.wait(2 * dayMs);

    await runSweep(history);
    expect(history.has(damagedKey(old)), 'the next backup must not reuse it').to.equal(true);

    await history.backup({ nodes: { 'pod-0': ['z'] } });
    await history.expire(heir);
    history.wait(2 * dayMs);
    await runSweep(history);
    expect(history.has(damagedKey(old))).to.equal(false);
  });

  it('keeps a record that does not name all as long as a backup of its time is there', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a', 'b'] } });
    history.wait(hourMs);
    const heir = await history.backup({ nodes: { 'pod-0': [`a@${old}`] } });
    history.wait(hourMs);
    await history.store.put(
      damagedKey(old),
      recordBytes({ format: 1, objects: [objectKey({ tag: old, file: 'gone' })], isPartial: true }),
    );
    await history.expire(old);
    history.wait(2 * dayMs);

    await runSweep(history);
    expect(history.has(damagedKey(old)), 'any object of the heir may be damaged').to.equal(true);

    await history.backup({ nodes: { 'pod-0': ['z'] } });
    await history.expire(heir);
    history.wait(2 * dayMs);
    await runSweep(history);
    expect(history.has(damagedKey(old))).to.equal(false);
  });
});
