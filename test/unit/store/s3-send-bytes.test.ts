import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CannedAnswer, type ScriptedS3, s3Error, startScriptedS3 } from '../../support/canned-s3.ts';
import { rejection } from '../../support/error-code.ts';
import { collect, until } from './conformance/collect.ts';

const stored: CannedAnswer = { headers: { etag: '"e"' } };
const read: CannedAnswer = {
  headers: { etag: '"e"', 'last-modified': 'Sun, 22 Nov 2026 01:02:03 GMT' },
  body: 'bytes',
};

/** Ours and the SDK's requests differ in these by nature. */
const own = /^(authorization|user-agent|x-amz-user-agent|x-amz-date|amz-sdk-.*|host|connection)$/;

describe('Requests for bytes', () => {
  let s3: ScriptedS3;

  beforeEach(async () => {
    s3 = await startScriptedS3();
  });
  afterEach(() => s3.close());

  const sent = () =>
    s3.requests.map(({ method, url, headers, body }) => ({
      method,
      url,
      body,
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !own.test(name))),
    }));

  const attributes = {
    storageClass: 'STANDARD_IA',
    sse: 'aws:kms',
    sseKmsKeyId: 'k 1',
    tags: { team: 'a b', tier: 'gold/1' },
    lock: { mode: 'GOVERNANCE', forMs: 86_400_000, longestRunMs: 3_600_000 },
  } as const;

  for (const unsignedPayload of [false, true]) {
    const how = unsignedPayload ? 'left out of' : 'within';
    it(`are just those that the SDK makes of the same commands, the payload ${how} the signature`, async () => {
      s3.answers = [s3Error(503, 'SlowDown'), stored];
      const store = s3.openStore({ retries: 1, unsignedPayload, ...attributes });
      await store.put("dir/a b+ü(1)'!*.db", Buffer.from('bytes'), { ifNoneMatch: '*' });
      s3.answers = [s3Error(503, 'SlowDown'), stored];
      await store.put('dir/.cain/x.json', Buffer.from('bytes'), { ifMatch: '"old"' });
      s3.answers = [s3Error(503, 'SlowDown'), read];
      const object = await store.get('dir/ü');
      expect(Buffer.concat(await collect(object.body)).toString()).to.equal('bytes');
      s3.answers = [{ body: '<R><UploadId>u+1/</UploadId></R>' }, s3Error(503, 'SlowDown'), stored];
      await (await store.beginUpload('dir/big')).uploadPart(2, Buffer.from('bytes'));

      const requests = sent().filter(({ method }) => method !== 'POST');
      expect(requests).to.have.length(8);
      for (let pair = 0; pair < 8; pair += 2) expect(requests[pair]).to.deep.equal(requests[pair + 1]);
      expect(s3.requests[0]?.headers['user-agent']).to.equal('cain');
      expect(s3.requests[1]?.headers['user-agent']).to.match(/^aws-sdk/);
      expect(s3.requests[1]?.headers['amz-sdk-request']).to.contain('attempt=2');
    });
  }

  it('give the SDK a refusal to judge, and are not sent again for it', async () => {
    s3.answers = [
      s3Error(404, 'NoSuchKey'),
      s3Error(403, 'AccessDenied'),
      s3Error(412, 'PreconditionFailed'),
    ];
    const store = s3.openStore({ retries: 3 });

    await rejection(store.get('k'), 'CAIN_STORE_MISSING');
    await rejection(store.get('k'), 'CAIN_STORE_ACCESS');
    await rejection(store.put('k', Buffer.from('x'), { ifNoneMatch: '*' }), 'CAIN_STORE_EXISTS');

    expect(store.requests).to.deep.equal({ GetObject: 2, PutObject: 1 });
  });

  it('sign by the clock of the server once it has refused ours', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const skewed = s3Error(403, 'RequestTimeTooSkewed');
    s3.answers = [{ ...skewed, headers: { date } }, { headers: { ...stored.headers, date } }, stored];
    const store = s3.openStore({ retries: 1 });

    await store.put('k', Buffer.from('x'));
    await store.put('k', Buffer.from('x'));

    const ahead = s3.requests.map(({ headers }) => aheadMs(String(headers['x-amz-date'])) > 1_800_000);
    expect(ahead).to.deep.equal([false, true, true]);
  });

  it('end at once when they are aborted', async () => {
    s3.answers = [{ isSilent: true }];
    const stop = new AbortController();
    const reason = new Error('enough');
    const reading = s3.openStore({ retries: 3 }).get('k', { signal: stop.signal });
    await until(() => s3.requests.length === 1, 'the request is under way');

    stop.abort(reason);

    expect(await reading.catch((error: unknown) => error)).to.equal(reason);
    expect(s3.requests).to.have.length(1);
  });

  it('are sent again where a 200 tells in its body of an error', async () => {
    const error = s3Error(200, 'InternalError');
    s3.answers = [{ ...error, headers: { etag: '"bad"' } }, { headers: { etag: '"good"' } }];
    const store = s3.openStore({ retries: 1 });

    expect(await store.put('k', Buffer.from('x'))).to.deep.equal({ etag: '"good"' });

    expect(store.requests).to.deep.equal({ PutObject: 2 });
  });

  it('may have no bytes', async () => {
    s3.answers = [stored, { ...read, body: '' }];
    const store = s3.openStore();

    await store.put('k', Buffer.alloc(0));
    const { body, sizeBytes } = await store.get('k');

    expect(await collect(body)).to.deep.equal([]);
    expect(sizeBytes).to.equal(0);
    expect(s3.requests.map(({ headers }) => headers['user-agent'])).to.deep.equal(['cain', 'cain']);
  });

  it('count what was sent, whatever became of it', async () => {
    s3.answers = [{ isSilent: true }];
    const stop = new AbortController();
    const store = s3.openStore();
    const putting = store.put('k', Buffer.from('x'), { signal: stop.signal }).catch(() => 'aborted');
    await until(() => s3.requests.length === 1, 'the request is under way');
    stop.abort();

    expect(await putting).to.equal('aborted');
    expect(store.requests).to.deep.equal({ PutObject: 1 });
  });

  it('are not sent twice, nor taken for repeated, where credentials came at the second asking', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cain-login-'));
    const login = '{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b"}';
    const script = join(directory, 'login.sh');
    writeFileSync(
      script,
      `[ -e ${directory}/asked ] || { touch ${directory}/asked; exit 1; }; echo '${login}'`,
    );
    writeFileSync(join(directory, 'config'), `[profile late]\ncredential_process = sh ${script}\n`);
    const given = {
      AWS_PROFILE: 'late',
      AWS_CONFIG_FILE: join(directory, 'config'),
    };
    const before = { ...process.env };
    Object.assign(process.env, given);
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    s3.answers = [s3Error(412, 'PreconditionFailed')];
    try {
      const store = s3.openStore({ retries: 3 });
      await rejection(store.put('k', Buffer.from('x'), { ifNoneMatch: '*' }), 'CAIN_STORE_EXISTS');

      expect(store.requests).to.deep.equal({ PutObject: 1 });
      expect(existsSync(join(directory, 'asked'))).to.equal(true);
    } finally {
      for (const name of Object.keys(given)) delete process.env[name];
      Object.assign(process.env, before);
      rmSync(directory, { recursive: true });
    }
  });
});

/** Of `20261122T010203Z`. */
function aheadMs(time: string): number {
  const iso = time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return Date.parse(iso) - Date.now();
}
