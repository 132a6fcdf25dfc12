import { expect } from 'chai';
import { decisionLines } from '../../../../src/commands/prune/print-decision.ts';
import { readCatalog } from '../../../../src/store/catalog.ts';
import { dayMs, hourMs, startHistory } from '../../../support/history.ts';

const { signal } = new AbortController();

describe('decisionLines', () => {
  it('shows each backup with its fate, what holds the prune back, and what waits for its grace', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['a'] } });
    await history.expire(old);
    const decision = {
      plan: 'default',
      result: {
        keep: [{ tag: '20250103020000', reasons: ['newest', 'daily'] }],
        expire: [
          { tag: '20250102020000', reason: 'no rule keeps it' },
          { tag: '20250101040000', reason: 'no rule keeps it' },
        ],
      },
      heldBack: { expiring: 2, total: 3 },
    };

    const lines = decisionLines(decision, await readCatalog(history.store, signal), dayMs);

    expect(lines).to.deep.equal([
      'TAG             TIME (UTC)           DECISION  BECAUSE OF',
      '20250103020000  2025-01-03 02:00:00  keep      newest, daily',
      '20250102020000  2025-01-02 02:00:00  expire    no rule keeps it',
      '20250101040000  2025-01-01 04:00:00  expire    no rule keeps it',
      'Held back: 2 of 3 backups would go; that needs CAIN_PRUNE_CONFIRM=2',
      'Backup 20250101020000 expired 2025-01-01 03:00:00; what no other needs of it may go from 2025-01-02 03:00:00 on',
    ]);
  });

  it('says that a plan has no backups', async () => {
    const catalog = await readCatalog(startHistory().store, signal);
    const decision = { plan: 'weekly', result: { keep: [], expire: [] }, heldBack: undefined };

    expect(decisionLines(decision, catalog, dayMs)).to.deep.equal(['Plan weekly has no backups']);
  });
});
