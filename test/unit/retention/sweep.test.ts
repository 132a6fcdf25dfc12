import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { expiredKey, manifestKey, parseDataKey, runKey } from '../../../src/store/layout.ts';
import type { Store } from '../../../src/store/store.ts';
import { rejection } from '../../support/error-code.ts';
import { dayMs, hourMs, markKey, objectKey, startHistory } from '../../support/history.ts';
import { recordLog } from '../../support/recording-log.ts';
import { runSweep } from '../../support/run-sweep.ts';

describe('sweep', () => {
  it('leaves a bucket alone in which nothing has expired', async () => {
    const history = startHistory();
    await history.backup({ nodes: { 'pod-0': ['a', 'b'] } });
    const before = history.keys('');

    const tally = await runSweep(history);

    expect(history.keys('')).to.deep.equal(before);
    expect(tally).to.deep.equal({ deletedObjects: 0, deletedBytes: 0, deletedRecords: 0, refused: 0 });
  });

  it('deletes the objects of an expired backup once the grace is over, and not a second before', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(dayMs);
    await history.backup({ nodes: { 'pod-0': ['b'] } });
    await history.expire(old);

    history.wait(dayMs);
    await runSweep(history);
    expect(history.has(objectKey({ tag: old, file: 'a' }))).to.equal(true);

    history.wait(1000);
    const tally = await runSweep(history);
    expect(history.has(objectKey({ tag: old, file: 'a' }))).to.equal(false);
    expect(tally.deletedObjects).to.equal(1);
    expect(tally.deletedBytes).to.equal(`${old} pod-0 a`.length);
  });

  it('keeps what a live backup of any plan points at, and takes the rest', async () => {
    const history = startHistory();
    const first = await history.backup({ plan: 'daily', nodes: { 'pod-0': ['a', 'b', 'c'] } });
    history.wait(hourMs);
    await history.backup({ plan: 'hourly', nodes: { 'pod-0': [`a@${first}`, 'd'] } });
    history.wait(hourMs);
    await history.backup({ plan: 'daily', nodes: { 'pod-0': [`b@${first}`] } });
    await history.expire(first);

    history.wait(2 * dayMs);
    await runSweep(history);

    expect(history.has(objectKey({ tag: first, file: 'a' }))).to.equal(true);
    expect(history.has(objectKey({ tag: first, file: 'b' }))).to.equal(true);
    expect(history.has(objectKey({ tag: first, file: 'c' }))).to.equal(false);
  });

  it('keeps what a backup that expired within the grace points at', async () => {
    const history = startHistory();
    const first = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const second = await history.backup({ nodes: { 'pod-0': [`a@${first}`] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['z'] } });
    await history.expire(first);
    history.wait(dayMs);
    await history.expire(second);
    history.wait(hourMs);

    await runSweep(history);
    expect(history.has(objectKey({ tag: first, file: 'a' }))).to.equal(true);

    history.wait(dayMs);
    await runSweep(history);
    expect(history.has(objectKey({ tag: first, file: 'a' }))).to.equal(false);
  });

  it('never takes an object of pod-10 for one of pod-1', async () => {
    const history = startHistory();
    const first = await history.backup({ nodes: { 'pod-1': ['a', 'b'], 'pod-10': ['a', 'b'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-1': [`a@${first}`], 'pod-10': [`b@${first}`] } });
    await history.expire(first);
    history.wait(2 * dayMs);

    await runSweep(history);

    const left = history.keys().filter((key) => key.includes(`/${first}/pod`));
    expect(left).to.deep.equal([
      objectKey({ tag: first, pod: 'pod-1', file: 'a' }),
      objectKey({ tag: first, pod: 'pod-10', file: 'b' }),
    ]);
  });

  it('takes what a node left that the committed backup did not name', async () => {
    const history = startHistory();
    const first = await history.backup({
      coverage: 'quorum',
      nodes: { 'pod-0': ['a'], 'pod-1': ['a'] },
      absent: ['pod-1'],
    });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['b'] } });
    await history.expire(first);
    history.wait(2 * dayMs);

    await runSweep(history);

    expect(history.keys().filter((key) => key.includes(first))).to.be.empty;
  });

  it('takes nothing that has no record of ours', async () => {
    const history = startHistory();
    const first = await history.backup({ nodes: { 'pod-0': ['a'] } });
    const foreign = [
      objectKey({ tag: '20200101000000', file: 'a' }),
      'shop/aaaaaa/notes.txt',
      'stray',
      'shop/bbbbbb/schema.cql',
    ];
    for (const key of foreign) await history.store.put(key, Buffer.from('foreign'));
    history.wait(hourMs);
    await history.backup({ sum: 'cccccc', nodes: { 'pod-0': ['b'] } });
    await history.expire(first);
    history.wait(2 * dayMs);

    await runSweep(history);

    for (const key of foreign) expect(history.has(key), key).to.equal(true);
    expect(history.has('shop/aaaaaa/schema.cql'), 'the original may have a backup there').to.equal(true);
  });

  it('takes no key of another form, even under an expired tag, and keeps what leads to it', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    const odd = [`shop/aaaaaa/${old}/pod-0/orders/deeper/a`, `shop/aaaaaa/${old}/pod-0/a`];
    for (const key of odd) await history.store.put(key, Buffer.from('odd'));
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['b'] }, completeTags: [] });
    await history.expire(old);
    history.wait(2 * dayMs);

    await runSweep(history);

    expect(history.keys().filter((key) => key.includes(old))).to.have.members([...odd, markKey(old)]);
    expect(history.has(expiredKey(old))).to.equal(true);
  });

  it('takes the objects of a run that never committed at once, once it is fenced', async () => {
    const history = startHistory();
    await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const crashed = await history.crash({ nodes: { 'pod-0': ['b', 'c'] } });
    history.wait(hourMs);

    const tally = await runSweep(history);

    expect(tally.deletedObjects).to.equal(2);
    expect(history.keys().filter((key) => key.includes(crashed))).to.be.empty;
    expect(history.store.objects.get(manifestKey(crashed))?.bytes.toString()).to.equal(
      '{"abandoned":true}\n',
    );
  });

  it('keeps what a live backup has adopted of a run that never committed, and finds it again later', async () => {
    const history = startHistory();
    const crashed = await history.crash({ nodes: { 'pod-0': ['a', 'b'] } });
    await runSweepWithoutDeletes(history);
    history.wait(hourMs);
    const heir = await history.backup({ nodes: { 'pod-0': [`a@${crashed}`] } });

    await runSweep(history);
    expect(history.has(objectKey({ tag: crashed, file: 'a' }))).to.equal(true);
    expect(history.has(objectKey({ tag: crashed, file: 'b' }))).to.equal(false);
    history.wait(3 * dayMs);
    await runSweep(history);
    expect(history.has(runKey(crashed)), 'only this says where the objects lie').to.equal(true);
    expect(history.has(manifestKey(crashed))).to.equal(true);

    await history.backup({ nodes: { 'pod-0': ['z'] } });
    await history.expire(heir);
    history.wait(2 * dayMs);
    await runSweep(history);
    expect(history.keys('').filter((key) => key.includes(crashed))).to.be.empty;
  });

  it('never touches the tag of its own run', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const ownTag = await history.backup({ nodes: { 'pod-0': ['b'] }, leavesRunRecord: true });
    await history.expire(old);
    history.wait(2 * dayMs);
    const before = history.keys('').filter((key) => key.includes(ownTag));

    await runSweep(history, { ownTag });

    expect(history.keys('').filter((key) => key.includes(ownTag))).to.deep.equal(before);
    expect(history.has(objectKey({ tag: old, file: 'a' }))).to.equal(false);
  });

  it('counts and tells what the store will not delete, goes on, and comes back to it', async () => {
    let isLocked = true;
    const history = startHistory({
      refusesDeletion: (key) => (isLocked && key.endsWith('/a') ? 'object is locked' : undefined),
    });
    const old = await history.backup({ nodes: { 'pod-0': ['a', 'b'], 'pod-1': ['a', 'b'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['c'] }, completeTags: [] });
    await history.expire(old);
    history.wait(2 * dayMs);
    const log = recordLog();

    const tally = await runSweep(history, { log });
    expect(tally.deletedObjects).to.equal(2);
    expect(tally.refused).to.equal(2);
    expect(log.lines.find(({ level }) => level === 'warn')?.fields).to.include({
      objects: 2,
      reason: 'object is locked',
    });
    expect(history.has(expiredKey(old))).to.equal(true);
    expect(history.has(markKey(old))).to.equal(true);

    isLocked = false;
    await runSweep(history);
    expect(history.keys('').filter((key) => key.includes(old))).to.be.empty;
  });

  it('tells what a versioned bucket keeps all the same', async () => {
    const history = startHistory({ isVersioned: true });
    const old = await history.backup({ nodes: { 'pod-0': ['a', 'b'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['c'] } });
    await history.expire(old);
    history.wait(2 * dayMs);
    const log = recordLog();

    const tally = await runSweep(history, { log });

    expect(tally.deletedObjects).to.equal(2);
    expect(tally.marked).to.equal(tally.deletedObjects + tally.deletedRecords);
    expect(log.messages('info').some((message) => message.includes('keeps older versions'))).to.equal(true);
  });

  it('holds the candidates of one node at a time, whatever their number', async () => {
    const history = startHistory();
    const pods = Array.from({ length: 20 }, (_, index) => `pod-${index}`);
    const old = await history.backup({ nodes: Object.fromEntries(pods.map((pod) => [pod, ['a']])) });
    history.wait(hourMs);
    await history.backup({ nodes: Object.fromEntries(pods.map((pod) => [pod, ['b']])) });
    await history.expire(old);
    history.wait(2 * dayMs);
    const perNode = 5000;
    const requests: number[] = [];
    const open = new Set<string>();
    let mostOpen = 0;
    const store: Store = {
      ...history.store,
      async *list(prefix, options) {
        const pod = prefix.startsWith('shop/') ? /\/(pod-\d+)\/$/.exec(prefix)?.[1] : undefined;
        if (!pod) return yield* history.store.list(prefix, options);
        open.add(pod);
        mostOpen = Math.max(mostOpen, open.size);
        if (!history.has(objectKey({ tag: old, pod, file: 'a' }))) return;
        for (let at = 0; at < perNode; at++) {
          const key = objectKey({ tag: old, pod, file: at === 0 ? 'a' : `f${at}` });
          yield { key, sizeBytes: 1, etag: '"e"', lastModified: new Date() };
        }
      },
      async delete(keys, options) {
        requests.push(keys.length);
        for (const key of keys) {
          const { pod = '' } = parseDataKey(key) ?? {};
          if (key.endsWith(`f${perNode - 1}`)) open.delete(pod);
        }
        return await history.store.delete(keys, options);
      },
    };

    const tally = await runSweep(history, { store });

    expect(tally.deletedObjects).to.equal(100_000);
    expect(mostOpen, 'nodes whose candidates were held at once').to.equal(1);
    expect(requests.filter((count) => count === 1000)).to.have.length(100);
    expect(Math.max(...requests)).to.equal(1000);
  });

  it('confirms the Lease before each batch of 1,000, and stops when it is lost', async () => {
    const history = startHistory();
    const files = Array.from({ length: 2500 }, (_, index) => `f${index}`);
    const old = await history.backup({ nodes: { 'pod-0': files } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['z'] } });
    await history.expire(old);
    history.wait(2 * dayMs);
    let confirmed = 0;
    const confirmLease = async () => {
      if (++confirmed === 3) throw new CainError('CAIN_LEASE_LOST', 'Lost');
    };

    await rejection(runSweep(history, { confirmLease }), 'CAIN_LEASE_LOST');

    expect(history.keys().filter((key) => key.includes(`${old}/pod-0`))).to.have.length(500);
  });

  it('ends with the reason of its signal', async () => {
    const history = startHistory();
    await history.backup({ nodes: { 'pod-0': ['a'] } });
    const stop = AbortSignal.abort(new CainError('CAIN_TERMINATED', 'Stopped by SIGTERM'));

    await rejection(runSweep(history, { signal: stop }), 'CAIN_TERMINATED');
  });

  it('completes an expiry that was cut short between record and manifest, and leaves its objects for the grace', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    const manifest = history.store.objects.get(manifestKey(old));
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['b'] } });
    await history.expire(old);
    if (manifest) history.store.objects.set(manifestKey(old), manifest);
    history.wait(2 * dayMs);

    await runSweep(history);
    expect(history.has(manifestKey(old))).to.equal(false);
    expect(history.has(objectKey({ tag: old, file: 'a' }))).to.equal(true);

    await runSweep(history);
    expect(history.has(objectKey({ tag: old, file: 'a' }))).to.equal(false);
  });
});

/** As a backup does at its beginning: the tag is fenced, nothing is deleted. */
async function runSweepWithoutDeletes(history: ReturnType<typeof startHistory>): Promise<void> {
  const refuses = () => Promise.reject(new CainError('CAIN_LEASE_LOST', 'Not now'));
  await rejection(runSweep(history, { confirmLease: refuses }), 'CAIN_LEASE_LOST');
}
