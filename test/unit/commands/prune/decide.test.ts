import { expect } from 'chai';
import { decide, oldestRestorable, type RetentionSettings } from '../../../../src/commands/prune/decide.ts';
import { type Catalog, readCatalog } from '../../../../src/store/catalog.ts';
import { damagedKey } from '../../../../src/store/layout.ts';
import { recordBytes } from '../../../../src/store/run-record.ts';
import { tagTime } from '../../../../src/store/tag.ts';
import { dayMs, type History, startHistory } from '../../../support/history.ts';

const { signal } = new AbortController();
const noRules: RetentionSettings = {
  plan: 'default',
  keepLast: undefined,
  keepHourly: undefined,
  keepDaily: undefined,
  keepWeekly: undefined,
  keepMonthly: undefined,
  keepYearly: undefined,
  keepWithinMs: undefined,
  pruneConfirm: undefined,
  pruneGraceMs: dayMs,
};

async function daily(count: number, plan = 'default'): Promise<{ history: History; tags: string[] }> {
  const history = startHistory();
  const tags: string[] = [];
  for (let day = 0; day < count; day++) {
    tags.push(await history.backup({ plan, nodes: { 'pod-0': ['a'] } }));
    history.wait(dayMs);
  }
  return { history, tags };
}

function expiring(catalog: Catalog, settings: Partial<RetentionSettings>, now: Date): readonly string[] {
  return decide(catalog, { ...noRules, ...settings }, now).result.expire.map(({ tag }) => tag);
}

describe('decide', () => {
  it('expires nothing without a rule', async () => {
    const { history } = await daily(3);

    expect(expiring(await readCatalog(history.store, signal), {}, history.now())).to.be.empty;
  });

  it('takes each rule from its setting', async () => {
    const { history, tags } = await daily(40);
    const catalog = await readCatalog(history.store, signal);
    const kept = (settings: Partial<RetentionSettings>) =>
      40 - expiring(catalog, settings, history.now()).length;

    expect(kept({ keepLast: 3 })).to.equal(3);
    expect(kept({ keepHourly: 4 })).to.equal(4);
    expect(kept({ keepDaily: 5 })).to.equal(5);
    expect(kept({ keepWeekly: 2 })).to.equal(2);
    expect(kept({ keepMonthly: 1 })).to.equal(1);
    expect(kept({ keepYearly: 1, keepMonthly: 2 })).to.equal(2);
    expect(kept({ keepWithinMs: 6 * dayMs })).to.equal(6);
    expect(expiring(catalog, { keepLast: 39 }, history.now())).to.deep.equal([tags[0]]);
  });

  it('looks at the backups of its plan alone', async () => {
    const { history } = await daily(3, 'other');
    await history.backup({ nodes: { 'pod-0': ['a'] } });

    const { result } = decide(
      await readCatalog(history.store, signal),
      { ...noRules, keepLast: 1 },
      history.now(),
    );

    expect(result.expire).to.be.empty;
    expect(result.keep).to.have.length(1);
  });

  it('lets a damaged backup fill no slot, and expires nothing for it', async () => {
    const { history, tags } = await daily(3);
    await history.store.put(damagedKey(tags[1] ?? ''), recordBytes({ format: 1, objects: ['x'] }));
    const catalog = await readCatalog(history.store, signal);

    expect(expiring(catalog, { keepLast: 2 }, history.now())).to.be.empty;
    expect(oldestRestorable(catalog, 'default', [tags[0] ?? ''])).to.deep.equal(tagTime(tags[2] ?? ''));
  });

  it('is held back above half of the backups, unless their count is confirmed', async () => {
    const { history } = await daily(3);
    const catalog = await readCatalog(history.store, signal);
    const heldBack = (pruneConfirm?: number) =>
      decide(catalog, { ...noRules, keepLast: 1, pruneConfirm }, history.now()).heldBack;

    expect(heldBack()).to.deep.equal({ expiring: 2, total: 3 });
    expect(heldBack(1)).to.deep.equal({ expiring: 2, total: 3 });
    expect(heldBack(2)).to.equal(undefined);
  });
});

describe('oldestRestorable', () => {
  it('is the oldest that stays, and nothing when none does', async () => {
    const { history, tags } = await daily(2);
    const catalog = await readCatalog(history.store, signal);

    expect(oldestRestorable(catalog, 'default', [])).to.deep.equal(tagTime(tags[0] ?? ''));
    expect(oldestRestorable(catalog, 'default', tags)).to.equal(undefined);
    expect(oldestRestorable(catalog, 'other', [])).to.equal(undefined);
  });
});
