import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { CainError } from '../errors.ts';
import { retry } from '../retry.ts';
import type { S3Connection } from './s3-connection.ts';
import { meaningOfName } from './s3-error-meanings.ts';
import { answerOf } from './s3-errors.ts';
import type { DeleteResult, UploadOptions } from './store.ts';

/** S3's own limit. */
const keysPerRequest = 1000;
/** How often keys that the server was too busy for are sent again. */
const keyRetries = 4;
/** Enough to hide the round trips without crowding out uploads. */
const singleDeletesAtOnce = 8;

type Refused = DeleteResult['refused'][number];

interface BatchResult {
  readonly refused: readonly Refused[];
  readonly marked: number;
}

/** DeleteObjects carries a CRC-32, always; servers that want MD5 instead say one of these. */
const unknownChecksum: ReadonlySet<string | undefined> = new Set([
  'MissingContentMD5',
  'InvalidDigest',
  'NotImplemented',
  'MethodNotAllowed',
]);

/** Deletes keys that are relative to the connection's prefix. `remembers` spares a server the batches that it refused once. */
export async function deleteObjects(
  connection: S3Connection,
  keys: readonly string[],
  options: UploadOptions,
  remembers: { refusesBatches: boolean },
): Promise<DeleteResult> {
  const refused: Refused[] = [];
  let marked = 0;
  for (let start = 0; start < keys.length; start += keysPerRequest) {
    const batch = keys.slice(start, start + keysPerRequest);
    const result = await deleteBatch(connection, batch, options, remembers);
    refused.push(...result.refused);
    marked += result.marked;
  }
  return { deleted: keys.length - refused.length, refused, ...(marked > 0 ? { marked } : {}) };
}

async function deleteBatch(
  connection: S3Connection,
  keys: readonly string[],
  options: UploadOptions,
  remembers: { refusesBatches: boolean },
): Promise<BatchResult> {
  if (!remembers.refusesBatches) {
    try {
      return await sendUntilDone(connection, keys, options);
    } catch (error) {
      if (!unknownChecksum.has(answerOf(error).name)) throw error;
      remembers.refusesBatches = true;
    }
  }
  return await deleteOneByOne(connection, keys, options);
}

/** A server may answer 200 and name keys that it was too busy for: those alone are sent again. */
async function sendUntilDone(
  connection: S3Connection,
  keys: readonly string[],
  options: UploadOptions,
): Promise<BatchResult> {
  const { signal = new AbortController().signal } = options;
  const refused: Refused[] = [];
  let marked = 0;
  let left = keys;
  let trouble: CainError | undefined;
  await retry(
    async () => {
      const sent = await sendBatch(connection, left, options);
      refused.push(...sent.refused);
      marked += sent.marked;
      left = sent.left;
      trouble = sent.trouble;
      if (trouble) throw trouble;
    },
    { retries: keyRetries, signal, mayRetry: (error) => error === trouble },
  );
  return { refused, marked };
}

async function sendBatch(
  connection: S3Connection,
  keys: readonly string[],
  { signal }: UploadOptions,
): Promise<BatchResult & { readonly left: readonly string[]; readonly trouble?: CainError }> {
  const { bucket, prefix } = connection;
  const subject = { doing: 'delete objects', key: prefix, signal };
  const { Errors = [], Deleted = [] } = await connection.call(subject, (client, options) =>
    client.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Objects: keys.map((key) => ({ Key: prefix + key })) },
      }),
      options,
    ),
  );
  const failures = Errors.filter(({ Code }) => meaningOfName(Code)?.code !== 'CAIN_STORE_MISSING').map(
    ({ Key = '', Code, Message }) => ({
      key: Key.slice(prefix.length),
      reason: `${Code}, ${Message}`,
      mayPass: isPassing(Code),
    }),
  );
  const [passing] = failures.filter(({ mayPass }) => mayPass);
  return {
    refused: failures.filter(({ mayPass }) => !mayPass).map(({ key, reason }) => ({ key, reason })),
    marked: Deleted.filter(({ DeleteMarker }) => DeleteMarker).length,
    left: failures.filter(({ mayPass }) => mayPass).map(({ key }) => key),
    ...(passing
      ? {
          trouble: new CainError(
            'CAIN_STORE',
            `Can't delete objects: ${passing.reason}: s3://${bucket}/${prefix}${passing.key}`,
            { retryable: true },
          ),
        }
      : {}),
  };
}

/** The server's own trouble with a key, and not its refusal. */
function isPassing(code: string | undefined): boolean {
  return code === 'InternalError' || code === 'ServiceUnavailable' || meaningOfName(code)?.retryable === true;
}

async function deleteOneByOne(
  connection: S3Connection,
  keys: readonly string[],
  { signal }: UploadOptions,
): Promise<BatchResult> {
  const refused: Refused[] = [];
  let marked = 0;
  const waiting = keys.values();
  async function deleteNext(): Promise<void> {
    for (const key of waiting) {
      const result = await deleteOne(connection, connection.prefix + key, signal);
      if (result === 'marked') marked++;
      else if (result !== 'deleted') refused.push({ key, reason: result.refused });
    }
  }
  await Promise.all(Array.from({ length: singleDeletesAtOnce }, deleteNext));
  return { refused, marked };
}

async function deleteOne(
  connection: S3Connection,
  fullKey: string,
  signal: AbortSignal | undefined,
): Promise<'deleted' | 'marked' | { readonly refused: string }> {
  try {
    const { DeleteMarker } = await connection.call(
      { doing: 'delete an object', key: fullKey, signal },
      (client, options) =>
        client.send(new DeleteObjectCommand({ Bucket: connection.bucket, Key: fullKey }), options),
    );
    return DeleteMarker ? 'marked' : 'deleted';
  } catch (error) {
    if (!(error instanceof CainError) || error.retryable) throw error;
    if (error.code === 'CAIN_STORE_MISSING') return 'deleted';
    const { name, status } = answerOf(error);
    if (name !== 'AccessDenied' && name !== 'InvalidRequest' && status !== 403) throw error;
    return { refused: error.message };
  }
}
