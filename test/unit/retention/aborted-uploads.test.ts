import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { clearAbortedUploads } from '../../../src/retention/aborted-uploads.ts';
import { settleCatalog } from '../../../src/retention/settle-catalog.ts';
import { inventoryKey } from '../../../src/store/layout.ts';
import type { Store } from '../../../src/store/store.ts';
import { rejection } from '../../support/error-code.ts';
import { withFaults } from '../../support/faulty-store.ts';
import { dayMs, type History, hourMs, objectKey, startHistory } from '../../support/history.ts';
import { recordLog } from '../../support/recording-log.ts';

const { signal } = new AbortController();
const originalTag = '20200101000000';

async function pendingKeys(store: Store): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.listUploads('')) keys.push(key);
  return keys.toSorted();
}

async function begin(history: History, keys: readonly string[]): Promise<void> {
  for (const key of keys) await history.store.beginUpload(key);
}

describe('clearAbortedUploads', () => {
  it('aborts what fenced, expired and committed runs left, data and records', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const live = await history.backup({ nodes: { 'pod-0': ['a'] } });
    await history.expire(old);
    history.wait(hourMs);
    const crashed = await history.crash({ nodes: { 'pod-0': ['a'] } });
    await settleCatalog(history.store, { signal, log: recordLog() });
    await begin(history, [
      objectKey({ tag: old, file: 'x' }),
      objectKey({ tag: live, file: 'x' }),
      objectKey({ tag: crashed, file: 'x' }),
      inventoryKey(crashed, 'pod-0'),
    ]);

    const aborted = await clearAbortedUploads(history.store, { signal, log: recordLog() });

    expect(aborted).to.equal(4);
    expect(await pendingKeys(history.store)).to.be.empty;
  });

  it("aborts what a preflight's trial left, and none that may be under way", async () => {
    const history = startHistory();
    await history.backup({ nodes: { 'pod-0': ['a'] } });
    await begin(history, ['.cain/probe/multipart']);

    expect(await clearAbortedUploads(history.store, { signal, log: recordLog() })).to.equal(0);
    history.wait(2 * hourMs);
    expect(await clearAbortedUploads(history.store, { signal, log: recordLog() })).to.equal(1);

    expect(await pendingKeys(history.store)).to.be.empty;
  });

  it('leaves its own run alone, and any that may still commit', async () => {
    const history = startHistory();
    const ownTag = await history.crash({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const running = await history.crash({ nodes: { 'pod-0': ['a'] } });
    const keys = [objectKey({ tag: ownTag, file: 'x' }), objectKey({ tag: running, file: 'x' })];
    await begin(history, keys);

    expect(await clearAbortedUploads(history.store, { ownTag, signal, log: recordLog() })).to.equal(0);

    expect(await pendingKeys(history.store)).to.deep.equal(keys);
  });

  it('leaves its own run alone once it is committed, too', async () => {
    const history = startHistory();
    const ownTag = await history.backup({ nodes: { 'pod-0': ['a'] } });
    await begin(history, [objectKey({ tag: ownTag, file: 'x' })]);

    expect(await clearAbortedUploads(history.store, { ownTag, signal, log: recordLog() })).to.equal(0);
  });

  it('leaves an upload under an unknown tag to the original for a week', async () => {
    const history = startHistory();
    const key = objectKey({ tag: originalTag, file: 'x' });
    await begin(history, [key]);
    history.wait(7 * dayMs);

    expect(await clearAbortedUploads(history.store, { signal, log: recordLog() })).to.equal(0);
    expect(await pendingKeys(history.store)).to.deep.equal([key]);

    history.wait(1000);
    expect(await clearAbortedUploads(history.store, { signal, log: recordLog() })).to.equal(1);
  });

  it('leaves keys of another form alone, however old', async () => {
    const history = startHistory();
    const keys = ['notes/2020.txt', `shop/xyz/${originalTag}/pod-0/orders/f`, `shop/aaaaaa/${originalTag}/f`];
    await begin(history, keys);
    history.wait(100 * dayMs);

    expect(await clearAbortedUploads(history.store, { signal, log: recordLog() })).to.equal(0);

    expect(await pendingKeys(history.store)).to.have.members(keys);
  });

  it('reads no record when there is nothing to abort', async () => {
    const history = startHistory();
    await history.backup({ nodes: { 'pod-0': ['a'] } });
    const before = history.store.requests.GetObject;

    await clearAbortedUploads(history.store, { signal, log: recordLog() });

    expect(history.store.requests.GetObject).to.equal(before);
  });

  it('costs a warning where the store refuses, and no more', async () => {
    const history = startHistory();
    const error = new CainError('CAIN_STORE_ACCESS', 'AccessDenied');
    const store = withFaults(history.store, [{ method: 'listUploads', error }]);
    const log = recordLog();

    expect(await clearAbortedUploads(store, { signal, log })).to.equal(0);

    expect(log.messages('warn')).to.have.length(1);
    store.assertAllHit();
  });

  it('ends with the reason of its signal', async () => {
    const history = startHistory();
    const stopped = AbortSignal.abort(new CainError('CAIN_TERMINATED', 'Stopped'));

    await rejection(
      clearAbortedUploads(history.store, { signal: stopped, log: recordLog() }),
      'CAIN_TERMINATED',
    );
  });
});
