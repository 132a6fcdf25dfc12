import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { type ExpireOptions, expireBackups } from '../../../src/retention/expire.ts';
import { readCatalog } from '../../../src/store/catalog.ts';
import { expiredKey, inventoryKey, manifestKey } from '../../../src/store/layout.ts';
import type { Store } from '../../../src/store/store.ts';
import { dyingStore } from '../../support/dying-store.ts';
import { rejection } from '../../support/error-code.ts';
import { dayMs, type History, hourMs, objectKey, startHistory } from '../../support/history.ts';
import { recordLog } from '../../support/recording-log.ts';
import { runSweep } from '../../support/run-sweep.ts';

const { signal } = new AbortController();

async function threeBackups(
  options = {},
): Promise<{ history: History; tags: readonly [string, string, string] }> {
  const history = startHistory(options);
  const one = await history.backup({ nodes: { 'pod-0': ['a'] } });
  history.wait(hourMs);
  const two = await history.backup({ plan: 'other', nodes: { 'pod-0': ['a'] } });
  history.wait(hourMs);
  return { history, tags: [one, two, await history.backup({ nodes: { 'pod-0': ['b'] } })] };
}

async function expire(
  history: History,
  tags: readonly string[],
  { store = history.store, ...options }: Partial<ExpireOptions> & { store?: Store } = {},
): Promise<void> {
  const decision = { keep: [], expire: tags.map((tag) => ({ tag, reason: 'no rule keeps it' })) };
  await expireBackups(store, await readCatalog(history.store, signal), decision, {
    signal,
    log: recordLog(),
    confirmLease: async () => {},
    ...options,
  });
}

describe('expireBackups', () => {
  it('records what a sweep must look at, then deletes the manifest alone', async () => {
    const { history, tags } = await threeBackups();
    const before = history.keys('');
    const told: string[] = [];

    await expire(history, [tags[0]], { onExpired: (tag) => told.push(tag) });

    expect(history.keys('')).to.deep.equal(
      [...before.filter((key) => key !== manifestKey(tags[0])), expiredKey(tags[0])].toSorted(),
    );
    const { expired, backups } = await readCatalog(history.store, signal);
    expect(backups.map(({ tag }) => tag)).to.deep.equal(tags.slice(1));
    expect(expired[0]?.since).to.deep.equal(history.now());
    expect(expired[0]?.record).to.deep.include({
      tag: tags[0],
      plan: 'default',
      keyspaces: [{ name: 'shop', sum: 'aaaaaa' }],
    });
    expect(expired[0]?.record.nodes[0]).to.deep.include({
      pod: 'pod-0',
      inventoryKey: inventoryKey(tags[0], 'pod-0'),
    });
    expect(told).to.deep.equal([tags[0]]);
  });

  it('never takes the newest backup of a plan, and then none at all', async () => {
    const { history, tags } = await threeBackups();
    const before = history.keys('');

    for (const newest of [tags[1], tags[2]]) {
      const error = await rejection(expire(history, [tags[0], newest]), 'CAIN_PRUNE_STOPPED');
      expect(error.message).to.contain(`${newest} is the newest of plan`);
    }

    expect(history.keys('')).to.deep.equal(before);
  });

  it('refuses a tag that is no live backup', async () => {
    const { history } = await threeBackups();

    await rejection(expire(history, ['20200101000000']), 'CAIN_PRUNE_STOPPED');
  });

  it('goes on where an earlier expiry was cut, and the grace counts from that one', async () => {
    const { history, tags } = await threeBackups();
    const catalog = await readCatalog(history.store, signal);
    const begun = history.now();
    const dying = dyingStore(history.store, 2, 'before');
    await rejection(expire(history, [tags[0]], { store: dying }), 'CAIN_PRUNE_STOPPED');
    expect(history.has(manifestKey(tags[0]))).to.equal(true);
    history.wait(hourMs);

    const decision = { keep: [], expire: [{ tag: tags[0], reason: '' }] };
    await expireBackups(history.store, catalog, decision, {
      signal,
      log: recordLog(),
      confirmLease: async () => {},
    });

    expect(history.has(manifestKey(tags[0]))).to.equal(false);
    expect(history.store.objects.get(expiredKey(tags[0]))?.lastModified).to.deep.equal(begun);
  });

  it('leaves a backup either live or expired, wherever it is cut; the sweep completes it', async () => {
    for (const lastCall of [1, 2]) {
      for (const death of ['before', 'after'] as const) {
        const { history, tags } = await threeBackups();

        await rejection(
          expire(history, [tags[0]], { store: dyingStore(history.store, lastCall, death) }),
          'CAIN_PRUNE_STOPPED',
        );

        const isLive = lastCall === 1 && death === 'before';
        const { backups } = await readCatalog(history.store, signal);
        expect(backups.some(({ tag }) => tag === tags[0])).to.equal(isLive);
        await runSweep(history);
        expect(history.has(manifestKey(tags[0]))).to.equal(isLive);
        history.wait(2 * dayMs);
        await runSweep(history);
        expect(history.has(objectKey({ tag: tags[0], file: 'a' }))).to.equal(isLive);
      }
    }
  });

  it('stops when the record at that key is not of that backup', async () => {
    const { history, tags } = await threeBackups();
    await expire(history, [tags[0]]);
    const record = history.store.objects.get(expiredKey(tags[0]));
    const { history: other, tags: others } = await threeBackups();
    other.wait(hourMs);
    const fourth = await other.backup({ nodes: { 'pod-0': ['c'] } });
    const catalog = await readCatalog(other.store, signal);
    if (record) other.store.objects.set(expiredKey(others[2]), record);

    const error = await rejection(
      expireBackups(
        other.store,
        catalog,
        { keep: [], expire: [{ tag: others[2], reason: '' }] },
        {
          signal,
          log: recordLog(),
          confirmLease: async () => {},
        },
      ),
      'CAIN_PRUNE_STOPPED',
    );

    expect(error.message).to.contain(tags[0]);
    expect(other.has(manifestKey(others[2]))).to.equal(true);
    expect(other.has(manifestKey(fourth))).to.equal(true);
  });

  it('confirms the Lease before it writes and before it deletes', async () => {
    const { history, tags } = await threeBackups();
    let confirmed = 0;
    const lostAt = (count: number) => async () => {
      if (++confirmed === count) throw new CainError('CAIN_LEASE_LOST', 'Lost');
    };

    await rejection(expire(history, [tags[0]], { confirmLease: lostAt(1) }), 'CAIN_LEASE_LOST');
    expect(history.has(expiredKey(tags[0]))).to.equal(false);

    confirmed = 0;
    await rejection(expire(history, [tags[0]], { confirmLease: lostAt(2) }), 'CAIN_LEASE_LOST');
    expect(history.has(expiredKey(tags[0]))).to.equal(true);
    expect(history.has(manifestKey(tags[0]))).to.equal(true);
  });

  it('tells of a manifest that the store will not delete; the backup is expired all the same', async () => {
    const { history, tags } = await threeBackups({
      refusesDeletion: (key: string) => (key.endsWith('manifest.json') ? 'locked' : undefined),
    });
    const log = recordLog();

    await expire(history, [tags[0]], { log });

    expect(log.messages('warn')).to.have.length(1);
    history.wait(2 * dayMs);
    await runSweep(history);
    expect(history.has(objectKey({ tag: tags[0], file: 'a' })), 'its manifest can still be read').to.equal(
      true,
    );
  });
});
