import { expect } from 'chai';
import type { ObjectLock } from '../../../src/store/object-lock.ts';
import { type CannedAnswer, type CannedS3, s3Error, startCannedS3 } from '../../support/canned-s3.ts';
import { rejection } from '../../support/error-code.ts';

const dayMs = 24 * 3_600_000;
const policy = { mode: 'GOVERNANCE', forMs: 30 * dayMs, longestRunMs: dayMs } as const;
const key = 'shop/abcdef/20261122010203/pod-1/users/nb-1-big-Data.db';
const soon: ObjectLock = { mode: 'GOVERNANCE', until: '2026-11-01T00:00:00Z' };
const late: ObjectLock = { mode: 'GOVERNANCE', until: '2999-01-01T00:00:00Z' };

function retention(mode: string, until: string): CannedAnswer {
  return {
    headers: { 'content-type': 'application/xml' },
    body: `<Retention><Mode>${mode}</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`,
  };
}

describe('Object Lock, with answers that no server at hand gives', () => {
  let s3: CannedS3;
  let answers: CannedAnswer[];

  beforeEach(async () => {
    answers = [];
    s3 = await startCannedS3(() => answers.shift() ?? { headers: { etag: '"e"' } });
  });
  afterEach(() => s3.close());

  const sent = () => s3.requests.map(({ method, url }) => `${method} ${url.replace(/^.*\?/, '?')}`);

  it('is sent with what backups consist of, signed, and with nothing else', async () => {
    const store = s3.openStore({ lock: policy });

    await store.put(key, Buffer.from('x'));
    await store.put('.cain/runs/20261122010203.json', Buffer.from('x'));
    const { headers } = await store.signPut(key, { sizeBytes: 1, crc32: 1 });

    const lock = store.lockOf(key);
    expect(lock?.mode).to.equal('GOVERNANCE');
    expect(s3.requests[0]?.headers).to.include({ 'x-amz-object-lock-mode': 'GOVERNANCE' });
    expect(new Date(String(s3.requests[0]?.headers['x-amz-object-lock-retain-until-date']))).to.deep.equal(
      new Date(lock?.until ?? ''),
    );
    expect(s3.requests[1]?.headers).to.not.have.any.keys('x-amz-object-lock-mode');
    expect(headers['x-amz-object-lock-mode']).to.equal('GOVERNANCE');
    expect(new Date(headers['x-amz-object-lock-retain-until-date'] ?? '')).to.deep.equal(
      new Date(lock?.until ?? ''),
    );
    expect(store.lockOf('.cain/runs/20261122010203.json')).to.equal(undefined);
  });

  it('costs no request where a lock lasts, and none where nothing is locked', async () => {
    expect(await s3.openStore({ lock: policy }).keepLocked(key, late)).to.equal(late);
    expect(await s3.openStore().keepLocked(key, soon)).to.equal(soon);
    expect(sent()).to.deep.equal([]);
  });

  it('is prolonged where it ends too soon, and never weakened', async () => {
    const store = s3.openStore({ lock: policy });

    const kept = await store.keepLocked(key, { mode: 'COMPLIANCE', until: soon.until });
    await store.keepLocked(key, undefined);

    expect(kept).to.deep.equal({ mode: 'COMPLIANCE', until: store.lockOf(key)?.until });
    expect(sent()).to.deep.equal(['PUT ?retention=', 'PUT ?retention=']);
    expect(s3.requests[0]?.body).to.contain('<Mode>COMPLIANCE</Mode>');
    expect(s3.requests[1]?.body).to.contain('<Mode>GOVERNANCE</Mode>');
  });

  it("takes the bucket's own longer lock for enough", async () => {
    answers = [s3Error(403, 'AccessDenied'), retention('COMPLIANCE', '2999-01-01T00:00:00.900Z')];

    const kept = await s3.openStore({ lock: policy }).keepLocked(key, undefined);

    expect(kept).to.deep.equal({ mode: 'COMPLIANCE', until: '2999-01-01T00:00:00Z' });
    expect(sent()).to.deep.equal(['PUT ?retention=', 'GET ?retention=']);
  });

  it("asks again in the mode of the bucket's own lock where that is the stricter one, and too short", async () => {
    answers = [
      s3Error(400, 'InvalidRequest', 'Object is WORM protected'),
      retention('COMPLIANCE', soon.until),
    ];
    const store = s3.openStore({ lock: policy });

    const kept = await store.keepLocked(key, undefined);

    expect(kept).to.deep.equal({ mode: 'COMPLIANCE', until: store.lockOf(key)?.until });
    expect(sent()).to.deep.equal(['PUT ?retention=', 'GET ?retention=', 'PUT ?retention=']);
    expect(s3.requests[2]?.body).to.contain('<Mode>COMPLIANCE</Mode>');
  });

  it('throws what the server refused when the lock that is there is shorter, or can not be read', async () => {
    const store = s3.openStore({ lock: policy });
    answers = [s3Error(403, 'AccessDenied'), retention('GOVERNANCE', soon.until)];
    await rejection(store.keepLocked(key, undefined), 'CAIN_STORE_ACCESS');

    answers = [s3Error(403, 'AccessDenied'), s3Error(403, 'AccessDenied')];
    const error = await rejection(store.keepLocked(key, undefined), 'CAIN_STORE_ACCESS');
    expect(error.cleanupErrors).to.have.length(1);

    answers = [s3Error(404, 'NoSuchKey')];
    await rejection(store.keepLocked(key, undefined), 'CAIN_STORE_MISSING');
    expect(s3.requests).to.have.length(5);
  });

  describe('in a bucket', () => {
    const ignored = async (...given: CannedAnswer[]) => {
      answers = given;
      return await s3.openStore({ lock: policy }).ignoredAttributes('.cain/probe/attributes');
    };
    const configuration = (enabled: string): CannedAnswer => ({
      headers: { 'content-type': 'application/xml' },
      body: `<ObjectLockConfiguration>${enabled}</ObjectLockConfiguration>`,
    });

    it('that has it is fine, and so is one that we may not ask', async () => {
      const enabled = configuration('<ObjectLockEnabled>Enabled</ObjectLockEnabled>');
      expect(await ignored(enabled)).to.deep.equal([]);
      expect(await ignored(s3Error(403, 'AccessDenied'))).to.deep.equal([]);
    });

    it('that has none is told, and so is a server that knows none', async () => {
      const told = ['Object Lock is not enabled for the bucket bucket: nothing can be locked there'];
      expect(await ignored(configuration(''))).to.deep.equal(told);
      expect(await ignored(s3Error(404, 'ObjectLockConfigurationNotFoundError'))).to.deep.equal(told);
      expect(await ignored(s3Error(501, 'NotImplemented'))).to.deep.equal(told);
    });

    it('that refuses such an object is told, in its words; a missing right is thrown', async () => {
      const enabled = configuration('<ObjectLockEnabled>Enabled</ObjectLockEnabled>');
      const [told = ''] = await ignored(enabled, s3Error(400, 'InvalidRequest', 'Too long a time'));
      expect(told).to.contain('Too long a time');

      answers = [enabled, s3Error(403, 'AccessDenied')];
      await rejection(
        s3.openStore({ lock: policy }).ignoredAttributes('.cain/probe/attributes'),
        'CAIN_STORE_ACCESS',
      );
      expect(s3.requests.at(-1)?.headers).to.include({ 'x-amz-object-lock-mode': 'GOVERNANCE' });
    });

    it('that fails is no answer', async () => {
      answers = [s3Error(500, 'InternalError')];
      await rejection(
        s3.openStore({ lock: policy }).ignoredAttributes('.cain/probe/attributes'),
        'CAIN_STORE',
      );
    });
  });
});

describe('Encryption that is asked for', () => {
  it('is told where the store ignores it, and where it does something else', async () => {
    let answered: Record<string, string> = {};
    const s3 = await startCannedS3(() => ({ headers: { etag: '"e"', ...answered } }));
    try {
      const ignored = () => s3.openStore({ sse: 'aws:kms' }).ignoredAttributes('.cain/probe/attributes');

      expect(await ignored()).to.deep.equal([
        'Encryption by aws:kms is ignored: the store says nothing of it',
      ]);
      answered = { 'x-amz-server-side-encryption': 'AES256' };
      expect(await ignored()).to.deep.equal([
        'Encryption by aws:kms is ignored: the store says AES256 of it',
      ]);
      answered = { 'x-amz-server-side-encryption': 'aws:kms' };
      expect(await ignored()).to.deep.equal([]);
      expect(s3.requests[0]).to.include({ method: 'PUT' });
      expect(s3.requests[0]?.headers).to.include({ 'x-amz-server-side-encryption': 'aws:kms' });
    } finally {
      await s3.close();
    }
  });
});
