import { ignoredAttributes } from './s3-attribute-trial.ts';
import { createBaseFinder } from './s3-base.ts';
import { expirationRules, serverTime } from './s3-bucket.ts';
import { createS3Client, type OnRequest } from './s3-client.ts';
import { checkedPrefix, connect, type S3Connection } from './s3-connection.ts';
import { customerKey, trialKey } from './s3-customer-key.ts';
import { deleteObjects } from './s3-delete.ts';
import { storeError } from './s3-errors.ts';
import { listDirectoryNames, listObjects, listPendingUploads } from './s3-list.ts';
import { keepObjectLocked, lockOfNewObject, type RunLocks, runLocks } from './s3-lock.ts';
import { objectAttributes } from './s3-object-attributes.ts';
import type { S3StoreOptions } from './s3-options.ts';
import { createPresigner } from './s3-presign.ts';
import { putObject, signPutObject } from './s3-put.ts';
import { getObject, getRequest, headObject } from './s3-read.ts';
import { createBytesSender } from './s3-send-bytes.ts';
import { abortMultipartUpload, beginMultipartUpload } from './s3-upload.ts';
import type { Store } from './store.ts';

export type { S3StoreOptions } from './s3-options.ts';

/** A store in S3 or a server that speaks its protocol. Credentials come from the SDK's default chain. Sends nothing yet. */
export function openS3Store(options: S3StoreOptions): Store {
  const locks = options.lock && runLocks(options.lock, new Date());
  const shared: SharedState = { options, locks, requests: {}, deletion: { refusesBatches: false } };
  const onRequest: OnRequest = (operation) => {
    shared.requests[operation] = (shared.requests[operation] ?? 0) + 1;
  };
  const client = createS3Client(options, onRequest);
  const findBase = createBaseFinder(client, options.bucket);
  const parts = {
    attributes: (fullKey: string) => objectAttributes(fullKey, { ...options, lock: locks?.given }),
    customerKey: customerKey(options),
    presign: createPresigner(options, client, findBase),
    sendBytes: createBytesSender(options, client, findBase, onRequest),
  };
  return storeOf(connect(client, options.bucket, checkedPrefix(options.prefix), parts), shared);
}

/** What a store and those within it have in common. */
interface SharedState {
  readonly options: S3StoreOptions;
  readonly locks: RunLocks | undefined;
  readonly requests: Record<string, number>;
  readonly deletion: { refusesBatches: boolean };
}

function storeOf(connection: S3Connection, shared: SharedState): Store {
  const { client, bucket, prefix } = connection;
  return {
    location: `s3://${bucket}/${prefix}`,
    put: (key, body, options = {}) => putObject(connection, prefix + key, body, options),
    beginUpload: (key, options = {}) => beginMultipartUpload(connection, prefix + key, options),
    signPut: (key, body, options = {}) => signPutObject(connection, prefix + key, body, options),
    refusalOf: (key, { status, code, message }) =>
      storeError(
        'have a request sent',
        `s3://${bucket}/${prefix}${key}`,
        Object.assign(new Error(message), {
          name: code || 'UnknownError',
          $metadata: { httpStatusCode: status },
        }),
      ),
    signGet: (key) => connection.presign(getRequest(prefix + key)),
    get: (key, options = {}) => getObject(connection, prefix + key, options),
    head: (key, options = {}) => headObject(connection, prefix + key, options),
    list: (under, options = {}) => listObjects(connection, under, options),
    listNames: (under, options = {}) => listDirectoryNames(connection, under, options),
    delete: (keys, options = {}) => deleteObjects(connection, keys, options, shared.deletion),
    listUploads: (under, options = {}) => listPendingUploads(connection, under, options),
    abortUpload: ({ key, uploadId }) => abortMultipartUpload(connection, prefix + key, uploadId),
    lockOf: (key) => lockOfNewObject(prefix + key, shared.locks),
    keepLocked: (key, lock, options = {}) =>
      keepObjectLocked(connection, prefix + key, { lock, locks: shared.locks }, options),
    ignoredAttributes: (key, options = {}) =>
      ignoredAttributes(connection, prefix + key, { ...shared.options, locks: shared.locks }, options),
    trialKey: (name) => trialKey(name, shared.options),
    expirationRules: (options = {}) => expirationRules(connection, shared.options.tags, options),
    now: (options = {}) => serverTime(connection, options),
    within: (longer) => storeOf(connect(client, bucket, prefix + checkedPrefix(longer), connection), shared),
    requests: shared.requests,
    close: () => client.destroy(),
  };
}
