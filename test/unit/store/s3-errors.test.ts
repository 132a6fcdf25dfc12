import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { answerOf, storeError, wasRepeated } from '../../../src/store/s3-errors.ts';

const where = 's3://bucket/key';

function serviceError(
  name: string,
  httpStatusCode: number,
  message = 'Words of the server.',
  attempts = 1,
): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode, attempts } });
}

function networkError(code: string, name = 'Error'): Error {
  return Object.assign(new Error(`it failed with ${code}`), { name, code });
}

function meaning(error: unknown) {
  const { code, retryable } = storeError('put an object', where, error);
  return { code, retryable };
}

describe('storeError', () => {
  for (const [name, status, code, retryable] of [
    ['SlowDown', 503, 'CAIN_STORE', true],
    ['InternalError', 500, 'CAIN_STORE', true],
    ['RequestTimeout', 400, 'CAIN_STORE', true],
    ['TooManyRequestsException', 429, 'CAIN_STORE', true],
    ['ConditionalRequestConflict', 409, 'CAIN_STORE', true],
    ['ExistingObjectIsDirectory', 409, 'CAIN_STORE', false],
    ['NotImplemented', 501, 'CAIN_STORE', false],
    ['InvalidRequest', 400, 'CAIN_STORE', false],
    ['InvalidObjectState', 403, 'CAIN_STORE', false],
    ['KMS.DisabledException', 400, 'CAIN_STORE', false],
    ['KMS.ThrottlingException', 400, 'CAIN_STORE', true],
    ['KMS.KMSInternalException', 500, 'CAIN_STORE', true],
    ['BadDigest', 400, 'CAIN_STORE_CHECKSUM', true],
    ['XAmzContentChecksumMismatch', 400, 'CAIN_STORE_CHECKSUM', true],
    ['NoSuchKey', 404, 'CAIN_STORE_MISSING', false],
    ['NoSuchUpload', 404, 'CAIN_STORE_MISSING', false],
    ['PreconditionFailed', 412, 'CAIN_STORE_EXISTS', false],
    ['AccessDenied', 403, 'CAIN_STORE_ACCESS', false],
    ['UnknownError', 403, 'CAIN_STORE_ACCESS', false],
    ['UnknownError', 401, 'CAIN_STORE_ACCESS', false],
    ['InvalidAccessKeyId', 403, 'CAIN_STORE_ACCESS', false],
    ['XAdminUserNotFound', 404, 'CAIN_STORE_ACCESS', false],
    ['NoSuchBucket', 404, 'CAIN_STORE_ACCESS', false],
    ['NotFound', 404, 'CAIN_STORE_ACCESS', false],
    ['PermanentRedirect', 301, 'CAIN_STORE_ACCESS', false],
    ['AuthorizationHeaderMalformed', 400, 'CAIN_STORE_ACCESS', false],
    ['ExpiredToken', 400, 'CAIN_STORE_ACCESS', false],
    ['RequestTimeTooSkewed', 403, 'CAIN_STORE_ACCESS', false],
  ] as const) {
    it(`takes ${status} ${name} for ${code}${retryable ? ', worth a retry' : ''}`, () => {
      expect(meaning(serviceError(name, status))).to.deep.equal({ code, retryable });
    });
  }

  it('takes a silence for a time-out and other cuts for passing failures', () => {
    expect(meaning(networkError('ETIMEDOUT', 'TimeoutError'))).to.deep.equal({
      code: 'CAIN_TIMEOUT',
      retryable: true,
    });
    for (const code of ['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'EAI_AGAIN', 'ENOTFOUND']) {
      // The SDK calls these time-outs too.
      expect(meaning(networkError(code, 'TimeoutError'))).to.deep.equal({
        code: 'CAIN_STORE',
        retryable: true,
      });
    }
  });

  it('takes a bad certificate for what no retry mends', () => {
    const error = storeError('list', where, networkError('DEPTH_ZERO_SELF_SIGNED_CERT'));

    expect(error).to.include({ code: 'CAIN_STORE_ACCESS', retryable: false });
    expect(error.hint).to.contain('CAIN_S3_CA_FILE');
  });

  it('speaks of the customer key where it may be the wrong one, or missing, and only there', () => {
    const hintOf = (error: unknown, isKeyGiven: boolean) =>
      storeError('get', where, error, 'CAIN_STORE_EXISTS', isKeyGiven).hint ?? '';
    const words = 'The object was stored using a form of Server Side Encryption.';

    for (const error of [
      serviceError('InvalidRequest', 400, words),
      serviceError('UnknownError', 400, 'UnknownError'),
    ]) {
      expect(hintOf(error, false)).to.contain('CAIN_S3_SSE_C_KEY');
      expect(storeError('get', where, error).code).to.equal('CAIN_STORE_ACCESS');
    }
    expect(hintOf(serviceError('AccessDenied', 403), true)).to.contain('CAIN_S3_SSE_C_KEY');
    expect(hintOf(serviceError('AccessDenied', 403), false)).to.not.contain('CAIN_S3_SSE_C_KEY');
    for (const error of [
      serviceError('RequestTimeTooSkewed', 403),
      serviceError('KMS.ThrottlingException', 400, 'The rate of encryption requests is too high.'),
      serviceError('KMS.DisabledException', 400, 'The key for encryption is disabled.'),
    ])
      expect(hintOf(error, true)).to.not.contain('CAIN_S3_SSE_C_KEY');
  });

  it('takes 412 for what the condition was', () => {
    const error = storeError('put', where, serviceError('PreconditionFailed', 412), 'CAIN_STORE_CHANGED');

    expect(error.code).to.equal('CAIN_STORE_CHANGED');
  });

  it('says what failed, in the words of the server, and where', () => {
    expect(storeError('put an object', where, serviceError('SlowDown', 503)).message).to.equal(
      "Can't put an object: 503, SlowDown, Words of the server: s3://bucket/key",
    );
    expect(storeError('look up', where, serviceError('UnknownError', 403, 'UnknownError')).message).to.equal(
      "Can't look up: 403: s3://bucket/key",
    );
    expect(storeError('list', where, networkError('ECONNRESET')).message).to.equal(
      "Can't list: ECONNRESET, it failed with ECONNRESET: s3://bucket/key",
    );
  });

  it('keeps the cause, and a CainError as it is', () => {
    const cause = serviceError('SlowDown', 503);
    const error = storeError('put', where, cause);

    expect(error.cause).to.equal(cause);
    expect(storeError('put', where, error)).to.equal(error);
  });

  it('makes an error of anything', () => {
    for (const thrown of [undefined, null, 'text', 7, {}]) {
      expect(meaning(thrown)).to.deep.equal({ code: 'CAIN_STORE', retryable: false });
    }
  });
});

describe('what is read of a failure', () => {
  it('knows whether the request was sent more than once', () => {
    const repeated = serviceError('PreconditionFailed', 412, 'x', 2);

    expect(wasRepeated(repeated)).to.equal(true);
    expect(wasRepeated(storeError('put', where, repeated))).to.equal(true);
    expect(wasRepeated(serviceError('PreconditionFailed', 412))).to.equal(false);
    expect(wasRepeated(new CainError('CAIN_STORE', 'x'))).to.equal(false);
    expect(wasRepeated(undefined)).to.equal(false);
  });

  it('knows name and status of the answer', () => {
    expect(answerOf(storeError('x', where, serviceError('NoSuchKey', 404)))).to.deep.equal({
      name: 'NoSuchKey',
      status: 404,
    });
    expect(answerOf(networkError('ECONNRESET')).status).to.equal(undefined);
    expect(answerOf(null)).to.deep.equal({ name: undefined, status: undefined });
  });
});
