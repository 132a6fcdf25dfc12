import { duration } from '../durations.ts';
import { bool, choice, file, text } from '../kinds.ts';
import { setting } from '../setting.ts';
import { customerKey, objectTags, proxyUrl, s3Endpoint } from '../specific-kinds.ts';
import { storeCommands, transferCommands } from './commands-of.ts';

const usedBy = storeCommands;
const writing = ['backup', 'restore', 'prune', 'verify', 'preflight'] as const;

export const s3 = {
  s3Endpoint: setting(s3Endpoint, {
    env: 'AWS_S3_ENDPOINT',
    unset: "AWS's own",
    usedBy,
    help: 'The endpoint of an S3-compatible store',
  }),
  s3PodEndpoint: setting(s3Endpoint, {
    env: 'CAIN_S3_POD_ENDPOINT',
    unset: 'AWS_S3_ENDPOINT',
    usedBy: transferCommands,
    help: 'The endpoint as the Cassandra pods reach it, for direct transfer',
  }),
  s3PodProxy: setting(proxyUrl, {
    env: 'CAIN_S3_POD_PROXY',
    usedBy: transferCommands,
    help: 'The HTTP proxy through which the Cassandra pods reach the store, perhaps with a login, for direct transfer',
  }),
  s3ForcePathStyle: setting(bool, {
    env: 'AWS_S3_FORCE_PATH_STYLE',
    unset: 'true with AWS_S3_ENDPOINT, else false',
    usedBy,
    help: 'Put the bucket into the path rather than the host name',
  }),
  s3NoSsl: setting(bool, {
    env: 'AWS_S3_NO_SSL',
    default: 'false',
    usedBy,
    help: 'Use plain http where the endpoint names no scheme',
  }),
  s3Region: setting(text('region'), {
    env: 'AWS_REGION',
    default: 'eu-central-1',
    usedBy,
    help: "The bucket's region",
  }),
  s3CaFile: setting(file, {
    env: 'CAIN_S3_CA_FILE',
    usedBy,
    help: "A certificate authority that the store's certificate is checked with (PEM)",
  }),
  s3UnsignedPayload: setting(bool, {
    env: 'CAIN_S3_UNSIGNED_PAYLOAD',
    unset: 'true over https, false over plain http',
    usedBy: writing,
    help: 'Leave the bytes that Cain itself sends out of the signature: spares a SHA-256 of each; over plain http only CRC-32 guards them then',
  }),
  s3StorageClass: setting(text('class', 'a storage class such as STANDARD_IA', /^[A-Z][A-Z0-9_]*$/), {
    env: 'CAIN_S3_STORAGE_CLASS',
    unset: "the bucket's",
    usedBy: writing,
    help: 'The storage class of data objects',
  }),
  s3Sse: setting(choice('AES256', 'aws:kms', 'aws:kms:dsse'), {
    env: 'CAIN_S3_SSE',
    unset: "the bucket's",
    usedBy: writing,
    help: 'The encryption at rest that is asked for',
  }),
  s3SseKmsKeyId: setting(text('id'), {
    env: 'CAIN_S3_SSE_KMS_KEY_ID',
    usedBy: writing,
    help: 'The KMS key for it',
  }),
  s3SseCustomerKey: setting(customerKey, {
    env: 'CAIN_S3_SSE_C_KEY',
    usedBy,
    help: 'The key of SSE-C: the store encrypts with it and keeps none; over https and by exec alone, for all of a prefix from its first backup on, and lost with it is every backup. The bucket must allow SSE-C, which new ones of AWS do not by themselves',
  }),
  s3Tags: setting(objectTags, {
    env: 'CAIN_S3_TAGS',
    usedBy: writing,
    help: 'Tags of every object that is put; what is reused keeps those it was put with',
  }),
  s3LockMode: setting(choice('GOVERNANCE', 'COMPLIANCE'), {
    env: 'CAIN_S3_LOCK_MODE',
    unset: "the bucket's own rule, if any",
    usedBy: writing,
    help: 'The mode of Object Lock that every object of a backup is put under, reused ones too',
  }),
  s3LockForMs: setting(duration('1d', '36500d'), {
    env: 'CAIN_S3_LOCK_FOR',
    usedBy: writing,
    help: 'How long no object of a backup can be deleted, from its commit on; it may be a quarter and the length of a run longer, so that reused ones are locked anew not every night',
  }),
  s3AllowUnsafe: setting(bool, {
    env: 'CAIN_S3_ALLOW_UNSAFE',
    default: 'false',
    usedBy,
    help: 'Accept a store without working conditional writes or checksums',
  }),
};
