import { expect } from 'chai';
import { backupPrefix, expiredKey, schemaTextKey } from '../../../src/store/layout.ts';
import { dayMs, type History, hourMs, objectKey, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';

const oldText = schemaTextKey('shop', 'aaaaaa');

/** A backup with an old schema has expired long ago, one with another schema is live. */
async function afterSchemaChange(options = {}): Promise<{ history: History; old: string }> {
  const history = startHistory(options);
  const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
  history.wait(hourMs);
  await history.backup({ sum: 'bbbbbb', nodes: { 'pod-0': ['b'] }, completeTags: [] });
  await history.expire(old);
  history.wait(2 * dayMs);
  return { history, old };
}

describe('removeSchemaTexts', () => {
  it('takes the schema text with the last tag of its sum', async () => {
    const { history } = await afterSchemaChange();

    await runSweep(history);

    expect(history.has(oldText)).to.equal(false);
    expect(history.has(schemaTextKey('shop', 'bbbbbb'))).to.equal(true);
  });

  it('keeps it for a live backup that has no object under that sum', async () => {
    const { history } = await afterSchemaChange();
    await history.backup({ plan: 'other', nodes: { 'pod-0': [] } });

    await runSweep(history);

    expect(history.has(oldText)).to.equal(true);
  });

  it('keeps it for a backup that expired within the grace', async () => {
    const { history } = await afterSchemaChange();
    const empty = await history.backup({ nodes: { 'pod-0': [] } });
    history.wait(hourMs);
    await history.backup({ sum: 'bbbbbb', nodes: { 'pod-0': ['c'] } });
    await history.expire(empty);

    await runSweep(history);
    expect(history.has(oldText)).to.equal(true);

    history.wait(2 * dayMs);
    await runSweep(history);
    expect(history.has(oldText)).to.equal(false);
  });

  it('keeps it for a run that was fenced a moment ago', async () => {
    const { history } = await afterSchemaChange();
    await history.crash({ nodes: { 'pod-0': ['x'] } });

    await runSweep(history);
    expect(history.has(oldText)).to.equal(true);

    history.wait(2 * dayMs);
    await runSweep(history);
    expect(history.has(oldText)).to.equal(false);
  });

  it("keeps it for the original's backups, which no record names", async () => {
    const { history } = await afterSchemaChange();
    await history.store.put(objectKey({ tag: '20200101000000', file: 'a' }), Buffer.from('foreign'));

    await runSweep(history);

    expect(history.has(oldText)).to.equal(true);
  });

  it('keeps the records of the tag while the text is locked', async () => {
    const { history, old } = await afterSchemaChange({
      refusesDeletion: (key: string) => (key === oldText ? 'locked' : undefined),
    });

    await runSweep(history);

    expect(history.keys(backupPrefix(old))).to.not.be.empty;
    expect(history.has(expiredKey(old))).to.equal(true);
  });
});
