import { GetBucketLifecycleConfigurationCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { CainError } from '../errors.ts';
import { rulesThatExpire } from './lifecycle-rules.ts';
import type { S3Connection } from './s3-connection.ts';
import { answerOf } from './s3-errors.ts';
import type { ExpirationRule, UploadOptions } from './store.ts';

export async function expirationRules(
  connection: S3Connection,
  tags: Readonly<Record<string, string>> | undefined,
  { signal }: UploadOptions,
): Promise<readonly ExpirationRule[] | undefined> {
  const { bucket, prefix } = connection;
  try {
    const { Rules = [] } = await connection.call(
      { doing: 'read the lifecycle rules', key: '', signal },
      (client, options) =>
        client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }), options),
    );
    return rulesThatExpire(Rules, prefix, tags);
  } catch (error) {
    const { name, status } = answerOf(error);
    // 501: a store that does not know lifecycle rules has none.
    if (name === 'NoSuchLifecycleConfiguration' || status === 501) return [];
    if (status === 403 || status === 405) return undefined;
    throw error;
  }
}

/** From the Date header of the smallest listing: it needs no right but the one that every command has. */
export async function serverTime(connection: S3Connection, { signal }: UploadOptions): Promise<Date> {
  const { bucket, prefix } = connection;
  const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 });
  let date: string | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      date = (answer.response as { headers?: Record<string, string> }).headers?.date;
      return answer;
    },
    { step: 'deserialize', priority: 'low', name: 'cainServerDate' },
  );
  await connection.call({ doing: "read the object store's clock", key: prefix, signal }, (client, options) =>
    client.send(command, options),
  );
  const time = new Date(date ?? Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw new CainError(
      'CAIN_STORE',
      `The object store gives no readable Date header: s3://${bucket}/${prefix}`,
    );
  }
  return time;
}
