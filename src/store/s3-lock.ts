import {
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import { CainError } from '../errors.ts';
import {
  isLockable,
  isLockedEnough,
  type LockPolicy,
  leastLock,
  newLock,
  type ObjectLock,
  withModeOf,
} from './object-lock.ts';
import type { S3Connection } from './s3-connection.ts';
import { answerOf } from './s3-errors.ts';
import type { UploadOptions } from './store.ts';

/** The locks of one run: all its objects get the same, and reused ones at least as much as the asked-for time. */
export interface RunLocks {
  readonly least: ObjectLock;
  readonly given: ObjectLock;
}

export function runLocks(policy: LockPolicy, start: Date): RunLocks {
  return { least: leastLock(policy, start), given: newLock(policy, start) };
}

export function lockOfNewObject(fullKey: string, locks: RunLocks | undefined): ObjectLock | undefined {
  return locks && isLockable(fullKey) ? locks.given : undefined;
}

/** Locks an object anew where its lock ends too soon; gives the lock that it has then. */
export async function keepObjectLocked(
  connection: S3Connection,
  key: string,
  { lock, locks }: { readonly lock: ObjectLock | undefined; readonly locks: RunLocks | undefined },
  { signal }: UploadOptions,
): Promise<ObjectLock | undefined> {
  if (!locks || isLockedEnough(lock, locks.least)) return lock;
  const wanted = withModeOf(lock, locks.given);
  try {
    return await putLock(connection, key, wanted, signal);
  } catch (error) {
    if (!(error instanceof CainError) || error.retryable || error.code === 'CAIN_STORE_MISSING') throw error;
    const found = await readLock(connection, key, signal).catch((readError: unknown) => {
      signal?.throwIfAborted();
      error.cleanupErrors.push(readError);
      return undefined;
    });
    // What the bucket itself or somebody else has locked for longer can't be locked for less, and need not be.
    if (found && isLockedEnough(found, locks.least)) return found;
    const stricter = withModeOf(found, locks.given);
    if (stricter.mode === wanted.mode) throw error;
    return await putLock(connection, key, stricter, signal);
  }
}

async function putLock(
  connection: S3Connection,
  key: string,
  lock: ObjectLock,
  signal: AbortSignal | undefined,
): Promise<ObjectLock> {
  await connection.call({ doing: 'lock an object for longer', key, signal }, (client, options) =>
    client.send(
      new PutObjectRetentionCommand({
        Bucket: connection.bucket,
        Key: key,
        Retention: { Mode: lock.mode, RetainUntilDate: new Date(lock.until) },
      }),
      options,
    ),
  );
  return lock;
}

async function readLock(
  connection: S3Connection,
  key: string,
  signal: AbortSignal | undefined,
): Promise<ObjectLock | undefined> {
  const { Retention } = await connection.call(
    { doing: 'read the lock of an object', key, signal },
    (client, options) =>
      client.send(new GetObjectRetentionCommand({ Bucket: connection.bucket, Key: key }), options),
  );
  if (!Retention?.Mode || !Retention.RetainUntilDate) return undefined;
  // Milliseconds off: an earlier time, never a later one.
  return { mode: Retention.Mode, until: `${Retention.RetainUntilDate.toISOString().slice(0, 19)}Z` };
}

/** Whether the bucket takes locks at all; undefined = we may not ask. */
export async function isBucketLockable(
  connection: S3Connection,
  { signal }: UploadOptions,
): Promise<boolean | undefined> {
  try {
    const { ObjectLockConfiguration } = await connection.call(
      { doing: "read the bucket's Object Lock", key: '', signal },
      (client, options) =>
        client.send(new GetObjectLockConfigurationCommand({ Bucket: connection.bucket }), options),
    );
    return ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
  } catch (error) {
    const { name, status } = answerOf(error);
    if (name === 'AccessDenied' || status === 403) return undefined;
    // Not there, or nothing that this server knows.
    if (name === 'ObjectLockConfigurationNotFoundError' || status === 404 || status === 501) return false;
    throw error;
  }
}
