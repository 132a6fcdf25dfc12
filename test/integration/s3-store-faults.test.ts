import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import type { Store } from '../../src/store/store.ts';
import { conditionTrials } from '../../src/store/store-trials.ts';
import { waitUntil } from '../support/embedded/wait-until.ts';
import { rejection } from '../support/error-code.ts';
import { type S3FaultProxy, startS3FaultProxy } from '../support/s3-fault-proxy.ts';
import { setLogin } from '../support/test-login.ts';
import { startTestS3, type TestS3 } from '../support/test-s3.ts';
import { bytesOf, collect } from '../unit/store/conformance/collect.ts';

const idleMs = 700;
const large = randomBytes(3 * 1024 * 1024);

describe('The S3 store before a failing server', () => {
  let s3: TestS3;
  let proxy: S3FaultProxy;
  let store: Store;
  /** Gives up at the first failure. */
  let impatient: Store;

  before(async () => {
    s3 = await startTestS3();
    proxy = await startS3FaultProxy(s3.endpoint);
    const options = { endpoint: proxy.endpoint, timeoutMs: idleMs };
    store = s3.openStore({ ...options, retries: 1 });
    impatient = s3.openStore({ ...options, retries: 0 });
    await store.put('large', large);
    await store.put('small', Buffer.from('small'));
  });
  afterEach(() => proxy.assertAllHit());
  after(async () => {
    store?.close();
    impatient?.close();
    await proxy?.close();
    await s3?.stop();
  });

  it('repeats a request after SlowDown, and says so where it may not', async () => {
    proxy.inject({ kind: 'slow-down', method: 'PUT' });
    await store.put('after-slow-down', Buffer.from('x'));
    expect((await bytesOf(store, 'after-slow-down')).toString()).to.equal('x');

    proxy.inject({ kind: 'slow-down', method: 'PUT' });
    const error = await rejection(impatient.put('after-slow-down', Buffer.from('x')), 'CAIN_STORE');
    expect(error.retryable).to.equal(true);
    expect(error.message).to.contain('SlowDown').and.to.contain(`s3://${s3.bucket}/after-slow-down`);
  });

  it('repeats a request whose connection was reset', async () => {
    proxy.inject({ kind: 'reset', method: 'PUT' });
    await store.put('after-reset', large);
    expect((await bytesOf(store, 'after-reset')).equals(large)).to.equal(true);

    proxy.inject({ kind: 'reset', method: 'PUT' });
    const error = await rejection(impatient.put('after-reset', large), 'CAIN_STORE');
    expect(error.retryable).to.equal(true);
  });

  it('gives up on a silent server within its limit, on a connection that was used before too', async () => {
    await impatient.head('small');
    proxy.inject({ kind: 'stall', method: 'HEAD' });
    const start = performance.now();

    const error = await rejection(impatient.head('small'), 'CAIN_TIMEOUT');

    expect(error.retryable).to.equal(true);
    expect(performance.now() - start).to.be.within(idleMs - 50, idleMs * 3);
  });

  it('repeats a request after a silence', async () => {
    proxy.inject({ kind: 'stall', method: 'HEAD' });

    expect(await store.head('small')).to.include({ sizeBytes: 5 });
  });

  it('throws at a body that is cut, and never just ends it', async () => {
    proxy.inject({ kind: 'reset-mid-response', method: 'GET', pathMatches: /large/ });
    const { body } = await store.get('large');

    const error = await rejection(collect(body), 'CAIN_STORE');

    expect(error.retryable).to.equal(true);
  });

  it('throws at a body that falls silent, within its limit', async () => {
    proxy.inject({ kind: 'stall-mid-response', method: 'GET', pathMatches: /large/ });
    const { body } = await store.get('large');
    const start = performance.now();

    const outcome = await collect(body).catch((error: unknown) => error);

    expect(outcome).to.include({ retryable: true });
    expect(performance.now() - start).to.be.lessThan(idleMs * 3);
  });

  it('throws at a body with a wrong bit', async () => {
    proxy.inject({ kind: 'damage-response', method: 'GET', pathMatches: /large/ });
    const { body } = await store.get('large');

    const error = await rejection(collect(body), 'CAIN_STORE_CHECKSUM');

    expect(error.retryable).to.equal(true);
  });

  it('does not blame the server for a slow reader', async () => {
    const { body } = await store.get('large');
    let read = 0;

    for await (const chunk of body) {
      if (read === 0) await new Promise((resolve) => setTimeout(resolve, idleMs * 2.5));
      read += chunk.length;
    }

    expect(read).to.equal(large.length);
  });

  it('does not blame the server for a wait in its own queue', async () => {
    const narrow = s3.openStore({ endpoint: proxy.endpoint, timeoutMs: idleMs, maxSockets: 1, retries: 0 });
    const holdsTheSocket = await narrow.get('large');
    const waiting = narrow.head('small');
    await new Promise((resolve) => setTimeout(resolve, idleMs * 2));

    await collect(holdsTheSocket.body);

    expect(await waiting).to.include({ sizeBytes: 5 });
    narrow.close();
  });

  it('recognises its own object when the answer to a conditional put was lost', async () => {
    proxy.inject({ kind: 'lose-answer', method: 'PUT', pathMatches: /manifest/ });

    const stored = await store.put('manifest', Buffer.from('ours'), { ifNoneMatch: '*' });

    expect(await store.head('manifest')).to.include({ etag: stored.etag });
  });

  it('recognises its own object when the answer to a replacing put was lost', async () => {
    const { etag } = await store.put('owner', Buffer.from('first'));
    proxy.inject({ kind: 'lose-answer', method: 'PUT', pathMatches: /owner/ });

    const stored = await store.put('owner', Buffer.from('second'), { ifMatch: etag });

    expect(await store.head('owner')).to.include({ etag: stored.etag });
  });

  it("does not take another's object for its own after a reset", async () => {
    await store.put('theirs', Buffer.from('their bytes'));
    proxy.inject({ kind: 'reset', method: 'PUT', pathMatches: /theirs/ });

    await rejection(
      store.put('theirs', Buffer.from('other bytes'), { ifNoneMatch: '*' }),
      'CAIN_STORE_EXISTS',
    );
  });

  it('recognises its own object when the answer to a completion was lost', async () => {
    const upload = await store.beginUpload('completed');
    await upload.uploadPart(1, large);
    proxy.inject({ kind: 'lose-answer', method: 'POST', pathMatches: /completed/ });

    const stored = await upload.complete({ sizeBytes: large.length, crc32: crc32(large) });

    expect(await store.head('completed')).to.include({ etag: stored.etag, crc32: crc32(large) });
    await upload.abort();
    expect(await store.head('completed')).to.include({ etag: stored.etag });
  });

  it('recognises its own object when a completion is asked for again', async () => {
    const upload = await impatient.beginUpload('completed-later');
    await upload.uploadPart(1, Buffer.from('x'));
    const whole = { sizeBytes: 1, crc32: crc32('x') };
    proxy.inject({ kind: 'lose-answer', method: 'POST', pathMatches: /completed-later/ });
    await rejection(upload.complete(whole), 'CAIN_STORE');

    const stored = await upload.complete(whole);

    expect(await store.head('completed-later')).to.include({ etag: stored.etag });
  });

  it('is no store that ignores conditions when what it must refuse was sent twice', async () => {
    // By request: the second put of the first trial, the completion, the put with If-Match.
    const refused = [
      { method: 'PUT', pathMatches: /probe\/conditional/, after: 1 },
      { method: 'POST', pathMatches: /probe\/conditional/, after: 1 },
      { method: 'PUT', pathMatches: /probe\/conditional/ },
    ] as const;
    for (const kind of ['server-error', 'reset', 'lose-answer'] as const) {
      for (const [index, request] of refused.entries()) {
        proxy.inject({ kind, ...request });

        const finding = await conditionTrials[index]?.(store, { signal: AbortSignal.timeout(20_000) });

        expect(finding, `${kind} of trial ${index + 1}`).to.equal(undefined);
        proxy.assertAllHit();
      }
    }
  });

  it('sends a part again whose connection was reset half-way', async () => {
    const upload = await store.beginUpload('parts');
    proxy.inject({ kind: 'reset', method: 'PUT', pathMatches: /partNumber=1/ });
    proxy.inject({ kind: 'lose-answer', method: 'PUT', pathMatches: /partNumber=2/ });
    const tail = Buffer.from('tail');
    const whole = Buffer.concat([large, large, tail]);

    await upload.uploadPart(1, Buffer.concat([large, large]));
    await upload.uploadPart(2, tail);
    await upload.complete({ sizeBytes: whole.length, crc32: crc32(whole) });

    expect((await bytesOf(store, 'parts')).equals(whole)).to.equal(true);
  });

  it('stops at once when its signal fires, while it waits for an answer, for a body or for its next try', async () => {
    const reason = new Error('the run was stopped');
    proxy.inject({ kind: 'stall', request: 'head' });
    proxy.inject({ kind: 'stall-mid-response', method: 'GET', pathMatches: /large/ });
    proxy.inject({ kind: 'slow-down', request: 'put' });
    const stop = new AbortController();
    const { signal } = stop;
    const { body } = await store.get('large', { signal });
    const outcomes = [store.head('small', { signal }), collect(body), store.put('x', large, { signal })].map(
      (promise) => Promise.resolve(promise).catch((error: unknown) => error),
    );
    await waitUntil(() => proxy.hitsOf('head') > 0 && proxy.hitsOf('put') > 0);
    const start = performance.now();
    stop.abort(reason);

    expect(await Promise.all(outcomes)).to.deep.equal([reason, reason, reason]);

    expect(performance.now() - start).to.be.lessThan(idleMs);
  });

  it('takes an unknown access key for what it is, and not for a missing object', async () => {
    const restore = setLogin({ accessKeyId: 'nobody', secretAccessKey: 'nothing' });
    const stranger = s3.openStore();
    try {
      const errors = [
        await rejection(stranger.head('small'), 'CAIN_STORE_ACCESS'),
        await rejection(stranger.get('small'), 'CAIN_STORE_ACCESS'),
        await rejection(collect(stranger.list('')), 'CAIN_STORE_ACCESS'),
        await rejection(stranger.put('x', Buffer.from('x')), 'CAIN_STORE_ACCESS'),
      ];
      for (const error of errors) expect(error).to.include({ retryable: false });
      expect(errors[0]?.hint).to.contain('AWS_ACCESS_KEY_ID');
    } finally {
      restore();
      stranger.close();
    }
  });

  it('says that a bucket is unknown, a host does not answer or has no TLS', async () => {
    const nowhere = s3.openStore({ bucket: 'no-such-bucket' });
    const closed = s3.openStore({ endpoint: 'http://127.0.0.1:1', retries: 0 });
    const plain = s3.openStore({ endpoint: s3.endpoint.replace('http:', 'https:'), retries: 0 });

    const [unknown, refused, noTls] = [
      await rejection(nowhere.head('x'), 'CAIN_STORE_ACCESS'),
      await rejection(closed.head('x'), 'CAIN_STORE'),
      await rejection(plain.head('x'), 'CAIN_STORE_ACCESS'),
    ];

    expect(unknown.message).to.contain('NoSuchBucket');
    expect(refused).to.include({ retryable: true });
    expect(noTls.hint).to.contain('AWS_S3_NO_SSL');
    for (const store of [nowhere, closed, plain]) store.close();
  });

  it('knows of no lifecycle rules on a server that has no such thing', async () => {
    expect(await store.expirationRules()).to.deep.equal([]);
  });
});
