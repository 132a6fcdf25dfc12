import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { readObject } from '../../../src/store/read-object.ts';
import { isDamage, isRefused, isUnreadable } from '../../../src/store/unreadable.ts';
import { type CannedAnswer, s3Error, startCannedS3 } from '../../support/canned-s3.ts';

const { signal } = new AbortController();

const rotten: CannedAnswer = {
  headers: {
    etag: '"e"',
    'last-modified': 'Sun, 22 Nov 2026 01:02:03 GMT',
    'x-amz-checksum-crc32': 'y/Q5Jg==',
    'x-amz-checksum-type': 'FULL_OBJECT',
  },
  body: '12345678?',
};

/** What a read ends with where the server answers so. */
async function failureOf(answer: CannedAnswer): Promise<unknown> {
  const s3 = await startCannedS3(() => answer);
  try {
    return await readObject(s3.openStore(), 'k', signal).catch((error: unknown) => error);
  } finally {
    await s3.close();
  }
}

describe('An object that can not be read', () => {
  it('is damaged where its bytes are not those that were stored', async () => {
    const error = await failureOf(rotten);

    expect([isUnreadable(error), isDamage(error), isRefused(error)]).to.deep.equal([true, true, false]);
    expect(isDamage(new CainError('CAIN_FORMAT', 'no record'))).to.equal(true);
  });

  for (const [status, name, hint] of [
    [403, 'AccessDenied', 'rights'],
    [403, 'InvalidObjectState', 'archive'],
    [400, 'KMS.DisabledException', 'key'],
    [400, 'KMS.KMSInvalidStateException', 'key'],
    [400, 'KMS.NotFoundException', 'key'],
  ] as const) {
    it(`may be whole where the store says ${name}`, async () => {
      const error = await failureOf(s3Error(status, name));

      expect([isUnreadable(error), isDamage(error), isRefused(error)]).to.deep.equal([true, false, true]);
      expect(error).to.be.instanceOf(CainError);
      expect((error as CainError).hint).to.contain(hint);
    });
  }

  for (const [status, name] of [
    [500, 'InternalError'],
    [503, 'SlowDown'],
    [503, 'KMS.SomethingNew'],
    [400, 'KMS.ThrottlingException'],
    [400, 'RequestTimeout'],
    [400, 'InvalidRequest'],
    [404, 'NoSuchKey'],
  ] as const) {
    it(`is no matter of ${status} ${name}`, async () => {
      expect(isUnreadable(await failureOf(s3Error(status, name)))).to.equal(false);
    });
  }

  it('is no matter of a cut connection, nor of what is no error of ours', () => {
    expect(isUnreadable(new CainError('CAIN_STORE', 'reset', { retryable: true }))).to.equal(false);
    expect(isUnreadable(new Error('KMS.DisabledException'))).to.equal(false);
  });
});
