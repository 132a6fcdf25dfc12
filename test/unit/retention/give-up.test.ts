import { expect } from 'chai';
import { expiredKey, inventoryKey, manifestKey } from '../../../src/store/layout.ts';
import { parseExpiredRecord } from '../../../src/store/run-record.ts';
import { rejection } from '../../support/error-code.ts';
import { dayMs, type History, hourMs, objectKey, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';

/** Does what the hint says, letter by letter. */
async function follow(history: History, hint: string | undefined): Promise<void> {
  const [, record = '', key = ''] = /put (\{.*\}) at (\S+),/.exec(hint ?? '') ?? [];
  parseExpiredRecord(Buffer.from(record), key);
  await history.store.put(key, Buffer.from(record));
}

async function threeBackups(): Promise<{ history: History; lost: string; newest: string }> {
  const history = startHistory();
  const lost = await history.backup({ nodes: { 'pod-0': ['a', 'b'] } });
  history.wait(hourMs);
  await history.backup({ plan: 'other', nodes: { 'pod-0': ['x'] } });
  history.wait(hourMs);
  const newest = await history.backup({ nodes: { 'pod-0': [`a@${lost}`] } });
  history.wait(hourMs);
  return { history, lost, newest };
}

describe('giveUpHint', () => {
  const losses: ReadonlyArray<readonly [string, (history: History, lost: string) => readonly string[]]> = [
    ['a manifest', (_, lost) => [manifestKey(lost)]],
    ['all records of a backup', (history, lost) => history.keys(`.cain/backups/${lost}/`)],
    ['an inventory', (_, lost) => [inventoryKey(lost, 'pod-0')]],
  ];
  for (const [title, keysOf] of losses) {
    it(`leads out where ${title} is lost, and costs no object that a live backup needs`, async () => {
      const { history, lost, newest } = await threeBackups();
      for (const key of keysOf(history, lost)) history.store.objects.delete(key);
      // An inventory is looked at only where there is something to sweep.
      await history.crash({ nodes: { 'pod-0': ['debris'] } });
      history.wait(hourMs);

      const { hint } = await rejection(runSweep(history), 'CAIN_PRUNE_STOPPED');
      await follow(history, hint);
      await runSweep(history);
      history.wait(2 * dayMs);
      await runSweep(history);

      expect(history.keys(`.cain/backups/${lost}/`)).to.be.empty;
      expect(history.has(expiredKey(lost)), 'as long as a manifest names it').to.equal(true);
      expect(history.has(manifestKey(newest))).to.equal(true);
      expect(history.has(objectKey({ tag: lost, file: 'a' }))).to.equal(true);
    });
  }

  it('is not given where no newer backup is there: one must be taken first', async () => {
    const { history, newest } = await threeBackups();
    history.store.objects.delete(manifestKey(newest));

    const { hint } = await rejection(runSweep(history), 'CAIN_PRUNE_STOPPED');

    expect(hint).to.contain('take a new backup').and.not.to.contain('give');
  });
});
