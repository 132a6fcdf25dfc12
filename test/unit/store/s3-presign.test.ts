import { S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { createBaseFinder } from '../../../src/store/s3-base.ts';
import { createPresigner } from '../../../src/store/s3-presign.ts';

const region = 'eu-central-1';

describe('createPresigner', () => {
  async function lifetimeWith(expiration: Date | undefined): Promise<number> {
    const client = new S3Client({
      region,
      credentials: async () => ({
        accessKeyId: 'AKIA',
        secretAccessKey: 'secret',
        ...(expiration ? { expiration } : {}),
      }),
    });
    const presign = createPresigner(
      { bucket: 'b', prefix: '', region, timeoutMs: 1000, maxSockets: 1, retries: 0 },
      client,
      createBaseFinder(client, 'b'),
    );
    const { url, lifetimeSeconds } = await presign({
      method: 'GET',
      key: 'k',
      query: { 'x-id': 'GetObject' },
      headers: {},
    });
    expect(new URL(url).searchParams.get('X-Amz-Expires')).to.equal(String(lifetimeSeconds));
    return lifetimeSeconds;
  }
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000);

  it('signs for a quarter of an hour', async () => {
    expect(await lifetimeWith(undefined)).to.equal(900);
    expect(await lifetimeWith(inSeconds(3600))).to.equal(900);
  });

  it('signs for no longer than temporary credentials live', async () => {
    expect(await lifetimeWith(inSeconds(400))).to.be.within(380, 400);
    expect(await lifetimeWith(inSeconds(-10))).to.equal(1);
  });
});
