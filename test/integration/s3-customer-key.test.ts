import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { type CannedAnswer, type CannedS3, startCannedS3 } from '../support/canned-s3.ts';
import { type Certificate, createCertificate } from '../support/certificate.ts';
import { rejection } from '../support/error-code.ts';

const sseCustomerKey = randomBytes(32).toString('base64');
const bytes = Buffer.from('some bytes');
const encrypted = { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' };
const begun = '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>';
const completed = '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>';

describe('A customer key (SSE-C)', () => {
  let dir: string;
  let tls: Certificate;
  let s3: CannedS3;
  let isEncrypting: boolean;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cain-tls-'));
    tls = await createCertificate(dir);
  });
  after(() => rm(dir, { recursive: true }));

  beforeEach(async () => {
    isEncrypting = true;
    s3 = await startCannedS3(({ method, url }): CannedAnswer => {
      const headers = {
        etag: '"e"',
        'content-type': 'application/xml',
        'last-modified': 'Sun, 22 Nov 2026 01:02:03 GMT',
        ...(isEncrypting ? encrypted : {}),
      };
      if (method === 'DELETE') return { status: 204 };
      if (method === 'HEAD') return { headers: { ...headers, 'content-length': String(bytes.length) } };
      if (method === 'GET') return { headers };
      if (method === 'PUT') return { headers };
      return { headers, body: url.includes('uploads') ? begun : completed };
    }, tls);
  });
  afterEach(() => s3.close());

  const open = () => s3.openStore({ sseCustomerKey, caFile: tls.cert });

  it('goes with every request for bytes, in the form that S3 wants', async () => {
    const store = open();

    await store.put('k', bytes);
    await store.head('k');
    (await store.get('k')).body.destroy();
    const upload = await store.beginUpload('k');
    await upload.uploadPart(1, bytes);
    await upload.complete({ sizeBytes: bytes.length, crc32: crc32(bytes) });

    expect(s3.requests.map(({ method }) => method).slice(0, 6)).to.deep.equal([
      ...['PUT', 'HEAD', 'GET', 'POST', 'PUT', 'POST'],
    ]);
    for (const { method, url, headers } of s3.requests)
      expect(headers, `${method} ${url}`).to.include({
        ...encrypted,
        'x-amz-server-side-encryption-customer-key': sseCustomerKey,
        'x-amz-server-side-encryption-customer-key-md5': createHash('md5')
          .update(Buffer.from(sseCustomerKey, 'base64'))
          .digest('base64'),
      });
  });

  it('goes nowhere over plain http, whatever endpoint the SDK has found', async () => {
    const plain = await startCannedS3(() => ({ headers: { etag: '"e"', ...encrypted } }));
    try {
      await rejection(plain.openStore({ sseCustomerKey }).put('k', bytes), 'CAIN_STORE');
      expect(plain.requests).to.deep.equal([]);
    } finally {
      await plain.close();
    }
  });

  it('keeps trials with it from those without, or with another', () => {
    const keys = [sseCustomerKey, randomBytes(32).toString('base64'), undefined].map((key) =>
      s3.openStore({ sseCustomerKey: key }).trialKey('conditional'),
    );

    expect(new Set(keys).size).to.equal(3);
    for (const key of keys) expect(key).to.match(/^\.cain\/probe\/([0-9a-f]{8}-)?conditional$/);
  });

  it('is given to nobody else: nothing is signed', async () => {
    const store = open();

    for (const signing of [store.signGet('k'), store.signPut('k', { sizeBytes: 1, crc32: 1 })]) {
      const error = await rejection(signing, 'CAIN_STORE');
      expect(error.message + error.hint).to.not.contain(sseCustomerKey);
    }
  });

  it('is missed where a store ignores it, and no upload is left', async () => {
    isEncrypting = false;
    const store = open();

    await rejection(store.put('k', bytes), 'CAIN_STORE');
    const upload = await store.beginUpload('k');
    await rejection(upload.uploadPart(1, bytes), 'CAIN_STORE');
    await upload.abort();

    // Twice, since a part may have been under way.
    expect(s3.requests.map(({ method }) => method)).to.deep.equal(['PUT', 'POST', 'PUT', 'DELETE', 'DELETE']);
  });
});
