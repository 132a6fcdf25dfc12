import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { crc32ToBase64 } from '../../../src/store/s3-crc32.ts';
import { type CannedS3, s3Error, startCannedS3 } from '../../support/canned-s3.ts';
import { rejection } from '../../support/error-code.ts';

const bytes = Buffer.alloc(3 * 1024 * 1024, 'x');

describe('createS3Client', () => {
  let s3: CannedS3;
  let firstAnswers: ReturnType<typeof s3Error>[] = [];

  beforeEach(async () => {
    s3 = await startCannedS3(() => firstAnswers.shift() ?? { headers: { etag: '"e"' } });
  });
  afterEach(async () => {
    expect(firstAnswers).to.deep.equal([]);
    await s3.close();
  });

  it('signs the bytes over plain http and leaves them out when told to, with a CRC-32 either way', async () => {
    await s3.openStore().put('k', bytes);
    await s3.openStore({ unsignedPayload: true }).put('k', bytes);

    const [signed, unsigned] = s3.requests.map(({ headers }) => headers);
    expect(signed?.['x-amz-content-sha256']).to.match(/^[0-9a-f]{64}$/);
    expect(unsigned?.['x-amz-content-sha256']).to.equal('UNSIGNED-PAYLOAD');
    for (const headers of [signed, unsigned]) {
      expect(headers?.['x-amz-checksum-crc32']).to.equal(crc32ToBase64(crc32(bytes)));
      expect(headers?.authorization).to.match(/SignedHeaders=[^,]*x-amz-checksum-crc32/);
    }
  });

  it('signs the bytes over plain http, too, where the SDK itself has found the endpoint', async () => {
    process.env.AWS_ENDPOINT_URL = s3.endpoint;
    try {
      await s3.openStore({ endpoint: undefined }).put('k', bytes);
    } finally {
      delete process.env.AWS_ENDPOINT_URL;
    }

    expect(s3.requests[0]?.headers['x-amz-content-sha256']).to.match(/^[0-9a-f]{64}$/);
  });

  it('sends a large body at once, as it is', async () => {
    await s3.openStore().put('k', bytes);

    expect(s3.requests[0]?.headers).to.not.have.any.keys('expect', 'transfer-encoding', 'content-encoding');
    expect(s3.requests[0]?.headers['content-length']).to.equal(String(bytes.length));
  });

  it('sends a request again, the whole body with it, and counts each time', async () => {
    firstAnswers = [s3Error(503, 'SlowDown')];
    const store = s3.openStore({ retries: 1 });

    await store.put('k', bytes);

    expect(s3.requests.map(({ body }) => body.length)).to.deep.equal([bytes.length, bytes.length]);
    expect(store.requests).to.deep.equal({ PutObject: 2 });
  });

  it('gives up after as many retries as were allowed', async () => {
    firstAnswers = [s3Error(503, 'SlowDown'), s3Error(500, 'InternalError')];

    const error = await rejection(s3.openStore({ retries: 1 }).put('k', bytes), 'CAIN_STORE');

    expect(error).to.include({ retryable: true });
    expect(error.message).to.contain('InternalError');
  });

  it('does not repeat what was refused', async () => {
    firstAnswers = [s3Error(403, 'AccessDenied')];

    await rejection(s3.openStore({ retries: 3 }).put('k', bytes), 'CAIN_STORE_ACCESS');

    expect(s3.requests).to.have.length(1);
  });

  it('sends storage class and encryption with puts', async () => {
    await s3.openStore({ storageClass: 'STANDARD_IA', sse: 'AES256' }).put('data', bytes);
    await s3.openStore().put('data', bytes);

    expect(s3.requests[0]?.headers).to.include({
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-server-side-encryption': 'AES256',
    });
    expect(s3.requests[1]?.headers).to.not.have.any.keys(
      'x-amz-storage-class',
      'x-amz-server-side-encryption',
    );
  });

  it('puts the bucket where it was asked to', async () => {
    await s3.openStore({ prefix: 'a b/' }).put('k+1', bytes);

    expect(s3.requests[0]?.url).to.contain('/bucket/a%20b/k%2B1');
  });
});
