import { expect } from 'chai';
import { parseDataKey } from '../../../src/store/layout.ts';
import type { Store } from '../../../src/store/store.ts';
import { dayMs, hourMs, markKey, objectKey, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';

describe('putMarks', () => {
  it('has the mark in place before the first object of an expired full backup goes', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'], 'pod-1': ['a'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['b'] }, completeTags: [] });
    await history.expire(old);
    history.wait(2 * dayMs);
    expect(history.has(markKey(old))).to.equal(false);
    const events: string[] = [];
    const watched: Store = {
      ...history.store,
      async delete(keys, options) {
        if (keys.some((key) => parseDataKey(key))) expect(history.has(markKey(old))).to.equal(true);
        events.push(keys.includes(markKey(old)) ? 'mark' : 'other');
        if (keys.includes(markKey(old))) {
          expect(history.keys().filter((key) => parseDataKey(key)?.tag === old)).to.be.empty;
        }
        return await history.store.delete(keys, options);
      },
    };

    await runSweep(history, { store: watched });

    expect(events).to.include('mark');
    expect(history.has(markKey(old))).to.equal(false);
  });

  it('puts each mark once, however many nodes lose objects', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'], 'pod-1': ['a'], 'pod-2': ['a'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['b'] } });
    await history.expire(old);
    history.wait(2 * dayMs);
    const before = history.store.requests.PutObject ?? 0;

    await runSweep(history);

    expect(history.store.requests.PutObject).to.equal(before + 1);
  });

  it('keeps the mark as long as anything of the tag is reused', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a', 'b'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': [`a@${old}`] } });
    await history.expire(old);
    history.wait(2 * dayMs);

    await runSweep(history);
    await runSweep(history);

    expect(history.has(objectKey({ tag: old, file: 'b' }))).to.equal(false);
    expect(history.has(markKey(old))).to.equal(true);
  });

  it('leaves a full backup without a mark as long as all of it is there', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': [`a@${old}`] } });
    await history.expire(old);
    history.wait(2 * dayMs);

    await runSweep(history);

    expect(history.has(markKey(old))).to.equal(false);
  });

  it('does not replace a mark that is there', async () => {
    const history = startHistory();
    const crashed = await history.crash({ nodes: { 'pod-0': ['a', 'b'] } });
    history.wait(hourMs);
    const written = history.store.objects.get(markKey(crashed));
    await history.backup({ nodes: { 'pod-0': [`a@${crashed}`] } });

    await runSweep(history);

    expect(history.has(objectKey({ tag: crashed, file: 'b' }))).to.equal(false);
    expect(history.store.objects.get(markKey(crashed))).to.equal(written);
  });
});
