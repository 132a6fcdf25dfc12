import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { rejection } from '../../support/error-code.ts';
import { withFaults } from '../../support/faulty-store.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { bytesOf, collect } from '../store/conformance/collect.ts';
import { describeStore } from '../store/store-conformance.ts';

describeStore('A store without faults in it', () => ({
  store: withFaults(openMemoryStore(), []),
  close: () => {},
}));

describe('withFaults', () => {
  const slowDown = new CainError('CAIN_STORE', 'SlowDown', { retryable: true });

  it('fails the calls that match, as often as told, and no others', async () => {
    const store = withFaults(openMemoryStore(), [
      { method: 'put', keyMatches: /^a\/x$/, error: slowDown, times: 2 },
    ]);
    const inner = store.within('a/');

    await store.put('b/x', Buffer.from('x'));
    await rejection(inner.put('x', Buffer.from('x')), 'CAIN_STORE');
    await rejection(store.put('a/x', Buffer.from('x')), 'CAIN_STORE');
    await inner.put('x', Buffer.from('x'));

    store.assertAllHit();
  });

  it('says which faults were not hit', async () => {
    const store = withFaults(openMemoryStore(), [
      { method: 'list', error: slowDown },
      { method: 'delete', keyMatches: /x/, error: slowDown, times: 2 },
    ]);
    await rejection(collect(store.list('')), 'CAIN_STORE');
    await rejection(store.delete(['y', 'x']), 'CAIN_STORE');

    expect(() => store.assertAllHit()).to.throw('Faults that nothing hit: delete /x/ (1 left)');
  });

  it('does the work and loses the answer', async () => {
    const store = withFaults(openMemoryStore(), [{ method: 'put', error: 'lose-answer' }]);

    const error = await rejection(store.put('x', Buffer.from('text')), 'CAIN_STORE');

    expect(error).to.include({ retryable: true });
    expect((await bytesOf(store, 'x')).toString()).to.equal('text');
    store.assertAllHit();
  });

  it('cuts a body half-way', async () => {
    const store = withFaults(openMemoryStore(), [{ method: 'get', error: 'truncate' }]);
    await store.put('x', Buffer.alloc(1000));
    const { body } = await store.get('x');
    let bytes = 0;

    const reading = (async () => {
      for await (const chunk of body) bytes += chunk.length;
    })();

    await rejection(reading, 'CAIN_STORE');
    expect(bytes).to.equal(500);
    store.assertAllHit();
  });

  it('stalls until the signal fires', async () => {
    const store = withFaults(openMemoryStore(), [{ method: 'head', error: 'stall' }]);
    const reason = new Error('took too long');
    const stop = new AbortController();
    setImmediate(() => stop.abort(reason));

    const outcome = await store.head('x', { signal: stop.signal }).catch((error: unknown) => error);

    expect(outcome).to.equal(reason);
    store.assertAllHit();
  });

  it('reaches into uploads', async () => {
    const store = withFaults(openMemoryStore(), [
      { method: 'uploadPart', error: slowDown },
      { method: 'complete', error: 'lose-answer' },
    ]);
    const upload = await store.beginUpload('x');

    await rejection(upload.uploadPart(1, Buffer.from('x')), 'CAIN_STORE');
    await upload.uploadPart(1, Buffer.from('x'));
    await rejection(upload.complete({ sizeBytes: 1, crc32: 0x8cdc1683 }), 'CAIN_STORE');

    expect(await store.head('x')).to.include({ sizeBytes: 1 });
    store.assertAllHit();
  });
});
