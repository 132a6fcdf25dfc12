import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CannedS3, startCannedS3 } from '../support/canned-s3.ts';
import { createCertificate } from '../support/certificate.ts';
import { rejection } from '../support/error-code.ts';

const idleMs = 300;
const body = 'x'.repeat(4 * 1024 * 1024);
const headers = { etag: '"e"', 'last-modified': 'Sun, 22 Nov 2026 01:02:03 GMT' };

describe('The S3 store over TLS, with a certificate of its own', () => {
  let dir: string;
  let caFile: string;
  let s3: CannedS3;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cain-tls-'));
    const tls = await createCertificate(dir);
    caFile = tls.cert;
    s3 = await startCannedS3(
      ({ url }) => (url.includes('silent') ? { isSilent: true } : { headers, body }),
      tls,
    );
  });
  after(async () => {
    await s3?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('refuses a certificate that nobody vouches for, with the way out in its hint', async () => {
    const error = await rejection(s3.openStore().put('k', Buffer.from('x')), 'CAIN_STORE_ACCESS');

    expect(error.hint).to.contain('CAIN_S3_CA_FILE');
  });

  it('takes it with the authority that it was given, and leaves the bytes out of the signature', async () => {
    await s3.openStore({ caFile }).put('k', Buffer.from('x'));

    expect(s3.requests.at(-1)?.headers).to.include({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' });
  });

  it('waits for its reader and not for a silent server', async () => {
    const store = s3.openStore({ caFile, timeoutMs: idleMs });
    const object = await store.get('k');
    let bytes = 0;

    for await (const chunk of object.body) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, idleMs * 3));
      bytes += chunk.length;
    }

    expect(bytes).to.equal(body.length);
    await rejection(store.get('silent'), 'CAIN_TIMEOUT');
  });
});
