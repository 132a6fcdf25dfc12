import type { ErrorCode } from '../error-codes.ts';

export interface ErrorMeaning {
  /** `precondition` = 412: which code it is depends on the condition that was set. */
  readonly code: ErrorCode | 'precondition';
  readonly retryable?: boolean;
  readonly hint?: string;
}

const credentialsHint =
  'Check the credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of the service account) and that they belong to this endpoint.';
const rightsHint =
  'Grant the rights of this command (docs/policies has a policy for each, and one for Object Lock and tags): PutObject, GetObject, ListBucket, ListBucketMultipartUploads and AbortMultipartUpload; DeleteObject on its own records for a backup, on all for prune.';
const regionHint = 'Set AWS_REGION to the region of the bucket.';
const bucketHint = 'Check the bucket in CAIN_DST, and AWS_S3_ENDPOINT. Cain creates no bucket.';
const endpointHint =
  'Check AWS_S3_ENDPOINT, AWS_S3_FORCE_PATH_STYLE and AWS_S3_NO_SSL: this does not answer as S3 does.';
const clockHint =
  "Set the clock of Cain's node right: S3 refuses requests that are more than 15 minutes off.";
const certificateHint = 'Give the certificate authority of the server in CAIN_S3_CA_FILE.';
const keyHint =
  'Enable the KMS key or cancel its deletion, then try again. What a key has locked that is gone for good is lost: see "Giving a backup up" in docs/format.md.';
const customerKeyHint =
  'The object may have been stored with another customer key, or without one: set CAIN_S3_SSE_C_KEY as it was when this prefix was begun. A prefix has one key, or none, for all its life. A bucket may also refuse customer keys: AWS blocks them on new buckets until PutBucketEncryption allows SSE-C (BlockedEncryptionTypes).';
const coldHint = 'The object is in an archive class: restore it there with RestoreObject, then try again.';

const access = (hint: string): ErrorMeaning => ({ code: 'CAIN_STORE_ACCESS', hint });
const passing: ErrorMeaning = { code: 'CAIN_STORE', retryable: true };
const damaged: ErrorMeaning = { code: 'CAIN_STORE_CHECKSUM', retryable: true };
const missing: ErrorMeaning = { code: 'CAIN_STORE_MISSING' };
const timeout: ErrorMeaning = { code: 'CAIN_TIMEOUT', retryable: true };

/**
 * By the server's own name for the error. Names come before statuses, which differ between servers: versitygw
 * answers 404 to an unknown access key.
 */
const byName: Readonly<Record<string, ErrorMeaning>> = {
  NoSuchKey: missing,
  NoSuchVersion: missing,
  NoSuchUpload: missing,
  PreconditionFailed: { code: 'precondition' },
  ConditionalRequestConflict: passing,
  OperationAborted: passing,

  BadDigest: damaged,
  InvalidDigest: damaged,
  XAmzContentChecksumMismatch: damaged,
  XAmzContentSHA256Mismatch: damaged,
  IncompleteBody: passing,

  AccessDenied: access(rightsHint),
  AllAccessDisabled: access(rightsHint),
  InvalidAccessKeyId: access(credentialsHint),
  XAdminUserNotFound: access(credentialsHint),
  SignatureDoesNotMatch: access(credentialsHint),
  ExpiredToken: access(credentialsHint),
  InvalidToken: access(credentialsHint),
  TokenRefreshRequired: access(credentialsHint),
  CredentialsProviderError: access(credentialsHint),
  RequestTimeTooSkewed: access(clockHint),
  NoSuchBucket: access(bucketHint),
  InvalidBucketName: access(bucketHint),
  AuthorizationHeaderMalformed: access(regionHint),
  PermanentRedirect: access(regionHint),
  IllegalLocationConstraintException: access(regionHint),
  InvalidObjectState: { code: 'CAIN_STORE', hint: coldHint },

  SlowDown: passing,
  Throttling: passing,
  ThrottlingException: passing,
  TooManyRequestsException: passing,
  RequestLimitExceeded: passing,
  BandwidthLimitExceeded: passing,
  RequestTimeout: passing,
  TimeoutError: timeout,

  // What S3 passes on of the key service has status 400, be it only busy.
  'KMS.ThrottlingException': passing,
  'KMS.DependencyTimeoutException': passing,
  'KMS.KMSInternalException': passing,
  'KMS.KeyUnavailableException': passing,
};

const byNetworkCode: Readonly<Record<string, ErrorMeaning>> = {
  ETIMEDOUT: timeout,
  ECONNRESET: passing,
  ECONNABORTED: passing,
  EPIPE: passing,
  ERR_STREAM_PREMATURE_CLOSE: passing,
  ECONNREFUSED: { ...passing, hint: endpointHint },
  EHOSTUNREACH: { ...passing, hint: endpointHint },
  ENETUNREACH: { ...passing, hint: endpointHint },
  ENOTFOUND: { ...passing, hint: endpointHint },
  EAI_AGAIN: { ...passing, hint: endpointHint },
  EPROTO: access(endpointHint),
  ERR_SSL_WRONG_VERSION_NUMBER: access(endpointHint),
  CERT_HAS_EXPIRED: access(certificateHint),
  DEPTH_ZERO_SELF_SIGNED_CERT: access(certificateHint),
  SELF_SIGNED_CERT_IN_CHAIN: access(certificateHint),
  UNABLE_TO_GET_ISSUER_CERT: access(certificateHint),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: access(certificateHint),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: access(certificateHint),
  ERR_TLS_CERT_ALTNAME_INVALID: access(certificateHint),
};

export function meaningOfName(name: string | undefined): ErrorMeaning | undefined {
  return lookUp(byName, name);
}

/** Asked last: the key service may be in trouble as well, and says so in names of ours or by its status. */
export function meaningOfKeyRefusal(name: string | undefined): ErrorMeaning | undefined {
  return isKeyRefusal(name) ? { code: 'CAIN_STORE', hint: keyHint } : undefined;
}

/** What S3 says of an object that was stored with a customer key and is asked for without one, or the other way round. */
export function meaningOfMissingKey(status: number | undefined, message: string): ErrorMeaning | undefined {
  if (status !== 400) return undefined;
  if (/encrypt|customer.?key/i.test(message)) return access(customerKeyHint);
  // The answer to HEAD has no words, be it the key, the region or a token that has expired.
  if (message === 'UnknownError') return access(`${regionHint} ${credentialsHint} Or: ${customerKeyHint}`);
  return undefined;
}

/** A wrong customer key is refused like a missing right. */
export function withKeyDoubt(meaning: ErrorMeaning): ErrorMeaning {
  return meaning.hint === rightsHint ? access(`${customerKeyHint} Or: ${rightsHint}`) : meaning;
}

/** Of an answer that no retry mends: it concerns one object, however well the store serves the others. */
export function isRefusalOfOneObject(name: string | undefined): boolean {
  return name === 'InvalidObjectState' || isKeyRefusal(name);
}

function isKeyRefusal(name: string | undefined): boolean {
  return name?.startsWith('KMS.') ?? false;
}

export function meaningOfNetworkCode(code: string | undefined): ErrorMeaning | undefined {
  return lookUp(byNetworkCode, code);
}

export function meaningOfStatus(status: number | undefined): ErrorMeaning | undefined {
  if (status === undefined) return undefined;
  if (status === 301 || status === 307) return access(regionHint);
  if (status === 401 || status === 403) return access(rightsHint);
  // Not CAIN_STORE_MISSING: only a name proves that it is the object that is missing.
  if (status === 404) return access(endpointHint);
  if (status === 412) return { code: 'precondition' };
  if (status === 408 || status === 429) return passing;
  // 501 and 505 stay what they are however often one asks.
  if (status >= 500 && status !== 501 && status !== 505) return passing;
  return undefined;
}

function lookUp(
  table: Readonly<Record<string, ErrorMeaning>>,
  key: string | undefined,
): ErrorMeaning | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
