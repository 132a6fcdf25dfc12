import { expect } from 'chai';
import { applyRetention, type PruneOutcome } from '../../../../src/commands/prune/apply-retention.ts';
import type { RetentionRun } from '../../../../src/commands/prune/carry-out.ts';
import { CainError } from '../../../../src/errors.ts';
import { readCatalog } from '../../../../src/store/catalog.ts';
import { inventoryKey, manifestKey, topologyKey } from '../../../../src/store/layout.ts';
import { tagTime } from '../../../../src/store/tag.ts';
import { withFaults } from '../../../support/faulty-store.ts';
import { dayMs, type History, objectKey, startHistory } from '../../../support/history.ts';
import { failingRead, lastingFailures } from '../../../support/lasting-failures.ts';
import { recordLog } from '../../../support/recording-log.ts';

const { signal } = new AbortController();

async function daily(count: number): Promise<{ history: History; tags: readonly string[] }> {
  const history = startHistory();
  const tags: string[] = [];
  for (let day = 0; day < count; day++) {
    if (day > 0) history.wait(dayMs);
    tags.push(await history.backup({ nodes: { 'pod-0': ['a', `${day}`] } }));
  }
  return { history, tags };
}

async function apply(
  history: History,
  settings: Partial<RetentionRun['settings']> = {},
  rest: Partial<RetentionRun> = {},
): Promise<PruneOutcome> {
  return await applyRetention({
    store: history.store,
    settings: {
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
      ...settings,
    },
    log: recordLog(),
    signal,
    now: history.now,
    confirmLease: async () => {},
    ...rest,
  });
}

describe('applyRetention', () => {
  it('expires what no rule keeps, and deletes its objects when the grace is over', async () => {
    const { history, tags } = await daily(5);

    const first = await apply(history, { keepLast: 3 });
    expect(first).to.deep.equal({
      deletedBackups: 2,
      deletedObjects: 0,
      deletedBytes: 0,
      retainedBackups: 3,
      oldestRestorable: tagTime(tags[2] ?? ''),
      isHeldBack: false,
      isSuccess: true,
    });

    history.wait(2 * dayMs);
    const second = await apply(history, { keepLast: 3 });
    expect(second).to.include({ deletedBackups: 0, deletedObjects: 4, retainedBackups: 3, isSuccess: true });
    expect(second.deletedBytes).to.be.greaterThan(0);
  });

  it('sweeps for every plan, expires for its own alone', async () => {
    const { history, tags } = await daily(3);
    history.wait(dayMs);
    await history.backup({ plan: 'other', nodes: { 'pod-0': ['x'] } });
    await history.expire(tags[0] ?? '');
    history.wait(2 * dayMs);

    const outcome = await apply(history, { plan: 'other', keepLast: 1 });

    expect(outcome).to.include({ deletedBackups: 0, deletedObjects: 2, retainedBackups: 1 });
    expect(history.has(manifestKey(tags[1] ?? ''))).to.equal(true);
  });

  it('deletes nothing at all when it is held back, and says how to go on', async () => {
    const { history, tags } = await daily(5);
    await history.expire(tags[0] ?? '');
    history.wait(2 * dayMs);
    const before = history.keys('');
    const log = recordLog();

    const outcome = await apply(history, { keepLast: 1 }, { log });

    expect(outcome).to.deep.include({
      isHeldBack: true,
      isSuccess: false,
      deletedBackups: 0,
      retainedBackups: 4,
    });
    expect(outcome).to.not.have.property('error');
    expect(history.keys('')).to.deep.equal(before);
    const [warning] = log.lines.filter(({ level }) => level === 'warn');
    expect(warning?.fields.hint).to.contain('CAIN_PRUNE_CONFIRM=3');

    expect(await apply(history, { keepLast: 1, pruneConfirm: 3 })).to.include({ deletedBackups: 3 });
  });

  it('never rejects: a failure is told in the outcome, with what was done before it', async () => {
    const { history, tags } = await daily(5);
    const error = new CainError('CAIN_STORE', 'SlowDown (503)', { retryable: true });
    const second = new RegExp(`expired/${tags[1]}`);
    const store = withFaults(history.store, [{ method: 'put', keyMatches: second, error }]);
    const log = recordLog();

    const outcome = await apply(history, { keepLast: 2, pruneConfirm: 3 }, { store, log });

    store.assertAllHit();
    expect(outcome.error).to.be.instanceOf(CainError).with.property('code', 'CAIN_PRUNE_STOPPED');
    expect(outcome).to.include({ isSuccess: false, isHeldBack: false });
    const { backups } = await readCatalog(history.store, signal);
    expect(outcome.deletedBackups).to.equal(5 - backups.length);
    expect(outcome.retainedBackups).to.equal(backups.length);
    expect(log.messages('warn')).to.have.length(1);
  });

  it('does not say how many backups there are when it could not read them', async () => {
    const { history } = await daily(1);
    const error = new CainError('CAIN_STORE_ACCESS', 'AccessDenied (403)');

    const outcome = await apply(
      history,
      {},
      { store: withFaults(history.store, [{ method: 'listNames', error }]) },
    );

    expect(outcome.isSuccess).to.equal(false);
    expect(outcome.retainedBackups).to.equal(undefined);
    expect(outcome).to.not.have.property('oldestRestorable');
  });

  it('lets no backup expire in favour of one that can not be read', async () => {
    const { history, tags } = await daily(5);
    history.store.objects.delete(inventoryKey(tags[4] ?? '', 'pod-0'));
    const before = history.keys('');

    const outcome = await apply(history, { keepLast: 4 });

    expect(outcome.isSuccess).to.equal(false);
    expect(history.keys('')).to.deep.equal(before);
  });

  for (const failure of lastingFailures) {
    it(`lets no backup expire while a manifest, an inventory or a topology is ${failure.title}`, async () => {
      for (const keyOf of [manifestKey, topologyKey, (tag: string) => inventoryKey(tag, 'pod-0')]) {
        const { history, tags } = await daily(5);
        await history.expire(tags[0] ?? '');
        history.wait(2 * dayMs);
        const before = history.keys('');
        const store = withFaults(history.store, [failingRead(failure, keyOf(tags[3] ?? ''))]);

        const outcome = await apply(history, { keepLast: 3 }, { store });

        store.assertAllHit();
        expect(outcome.error).to.be.instanceOf(CainError).with.property('code', 'CAIN_PRUNE_STOPPED');
        expect(history.keys('')).to.deep.equal(before);
      }
    });
  }

  it('lets no backup expire while another one is missing', async () => {
    const { history, tags } = await daily(5);
    for (const key of history.keys(`.cain/backups/${tags[3]}/`)) history.store.objects.delete(key);
    const before = history.keys('');

    const outcome = await apply(history, { keepLast: 3 });

    expect(outcome.error).to.be.instanceOf(CainError).with.property('code', 'CAIN_PRUNE_STOPPED');
    expect(history.keys('')).to.deep.equal(before);
  });

  it('reads each inventory once before it deletes, not once more for the sweep', async () => {
    const { history, tags } = await daily(5);
    await history.expire(tags[0] ?? '');
    history.wait(2 * dayMs);
    const live = tags.slice(2);
    const reads: string[] = [];
    const counting = {
      ...history.store,
      get: async (key: string, options?: object) => {
        reads.push(key);
        return await history.store.get(key, options);
      },
    };

    await apply(history, { keepLast: 3 }, { store: counting });

    for (const tag of live) {
      const count = reads.filter((key) => key === inventoryKey(tag, 'pod-0')).length;
      expect(count, 'once checked, once with its node').to.equal(2);
    }
  });

  it('stops before it writes when the Lease is lost', async () => {
    const { history, tags } = await daily(5);
    const confirmLease = () => Promise.reject(new CainError('CAIN_LEASE_LOST', 'Lost'));

    const outcome = await apply(history, { keepLast: 3 }, { confirmLease });

    expect(outcome.error).to.be.instanceOf(CainError).with.property('code', 'CAIN_LEASE_LOST');
    expect(outcome.deletedBackups).to.equal(0);
    expect(history.has(objectKey({ tag: tags[0] ?? '', file: 'a' }))).to.equal(true);
  });
});
