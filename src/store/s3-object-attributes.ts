import type { ObjectLockMode, ServerSideEncryption, StorageClass } from '@aws-sdk/client-s3';
import { isLockable, type ObjectLock } from './object-lock.ts';
import { type CustomerKey, customerKey } from './s3-customer-key.ts';
import type { S3StoreOptions } from './s3-options.ts';

export interface ObjectAttributes extends CustomerKey {
  StorageClass?: StorageClass;
  ServerSideEncryption?: ServerSideEncryption;
  SSEKMSKeyId?: string;
  /** As a query: `team=db&tier=gold`. */
  Tagging?: string;
  ObjectLockMode?: ObjectLockMode;
  ObjectLockRetainUntilDate?: Date;
}

type Wanted = Pick<S3StoreOptions, 'storageClass' | 'sse' | 'sseKmsKeyId' | 'sseCustomerKey' | 'tags'> & {
  readonly lock?: ObjectLock | undefined;
};

/** Only what was asked for is sent: servers refuse what they don't know. */
export function objectAttributes(fullKey: string, wanted: Wanted): ObjectAttributes {
  const { storageClass, sse, sseKmsKeyId, tags, lock } = wanted;
  return {
    ...(storageClass && !isReadByEveryRun(fullKey) ? { StorageClass: storageClass as StorageClass } : {}),
    ...(sse ? { ServerSideEncryption: sse as ServerSideEncryption } : {}),
    ...(sseKmsKeyId ? { SSEKMSKeyId: sseKmsKeyId } : {}),
    ...customerKey(wanted),
    ...(tags ? { Tagging: new URLSearchParams(tags).toString() } : {}),
    ...(lock && isLockable(fullKey) ? lockAttributes(lock) : {}),
  };
}

export function lockAttributes({
  mode,
  until,
}: ObjectLock): Pick<ObjectAttributes, 'ObjectLockMode' | 'ObjectLockRetainUntilDate'> {
  return { ObjectLockMode: mode, ObjectLockRetainUntilDate: new Date(until) };
}

/**
 * Records and schema texts stay in the standard class: an archive class would need hours before a manifest could
 * be read, and the infrequent-access ones bill 128 KiB for each.
 */
function isReadByEveryRun(fullKey: string): boolean {
  return /(^|\/)\.cain\//.test(fullKey) || /\/(schema\.cql|differential\.json)$/.test(fullKey);
}

const headers: Readonly<Record<keyof ObjectAttributes, string>> = {
  StorageClass: 'x-amz-storage-class',
  ServerSideEncryption: 'x-amz-server-side-encryption',
  SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
  SSECustomerAlgorithm: 'x-amz-server-side-encryption-customer-algorithm',
  SSECustomerKey: 'x-amz-server-side-encryption-customer-key',
  Tagging: 'x-amz-tagging',
  ObjectLockMode: 'x-amz-object-lock-mode',
  ObjectLockRetainUntilDate: 'x-amz-object-lock-retain-until-date',
};

/** What the SDK would make of the parameters of a PutObject. */
export function headersOfAttributes(attributes: ObjectAttributes): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      headers[name as keyof ObjectAttributes],
      value instanceof Date ? value.toISOString() : value,
    ]),
  );
}
