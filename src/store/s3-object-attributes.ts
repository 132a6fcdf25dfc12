import type { ServerSideEncryption, StorageClass } from '@aws-sdk/client-s3';
import type { S3StoreOptions } from './s3-options.ts';

interface ObjectAttributes {
  StorageClass?: StorageClass;
  ServerSideEncryption?: ServerSideEncryption;
  SSEKMSKeyId?: string;
}

/** Only what was asked for is sent: servers refuse classes and encryption that they don't know. */
export function objectAttributes(
  fullKey: string,
  { storageClass, sse, sseKmsKeyId }: Pick<S3StoreOptions, 'storageClass' | 'sse' | 'sseKmsKeyId'>,
): ObjectAttributes {
  return {
    ...(storageClass && !isReadByEveryRun(fullKey) ? { StorageClass: storageClass as StorageClass } : {}),
    ...(sse ? { ServerSideEncryption: sse as ServerSideEncryption } : {}),
    ...(sseKmsKeyId ? { SSEKMSKeyId: sseKmsKeyId } : {}),
  };
}

/**
 * Records and schema texts stay in the standard class: an archive class would need hours before a manifest could
 * be read, and the infrequent-access ones bill 128 KiB for each.
 */
function isReadByEveryRun(fullKey: string): boolean {
  return /(^|\/)\.cain\//.test(fullKey) || /\/(schema\.cql|differential\.json)$/.test(fullKey);
}
