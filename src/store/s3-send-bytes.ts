import type { Readable } from 'node:stream';
import type {
  GetObjectCommand,
  GetObjectCommandOutput,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { BucketBase, FindBase } from './s3-base.ts';
import { isPayloadSigned, type OnRequest } from './s3-client.ts';
import { type Answer, addNextToSending } from './s3-next-to-sending.ts';
import type { ObjectRequest } from './s3-object-request.ts';
import type { S3StoreOptions } from './s3-options.ts';
import { encodeKey } from './sigv4-query.ts';

type BytesCommand = GetObjectCommand | PutObjectCommand | UploadPartCommand;

/** What Cain reads of an answer. */
export type BytesOutput = Pick<
  GetObjectCommandOutput,
  | 'ETag'
  | 'VersionId'
  | 'ContentLength'
  | 'LastModified'
  | 'ChecksumCRC32'
  | 'ChecksumType'
  | 'StorageClass'
  | 'SSECustomerAlgorithm'
> & { readonly Body?: unknown };

export interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/** `command` makes the command that stands for the same request. */
export type SendBytes = (
  request: ObjectRequest & { readonly body?: Buffer },
  command: () => BytesCommand,
  options: SendOptions,
) => Promise<BytesOutput>;

/** Of the handler that the SDK sends with. */
type Handler = S3Client['config']['requestHandler'];
type HandlerRequest = Parameters<Handler['handle']>[0];

type Outcome = { readonly answer: Answer } | { readonly error: unknown };

/**
 * Sends a request for an object's bytes with the SDK's signer and its connections, but not through its layers, which
 * take 2 ms of processor time a request where these take 0.7. An answer that is no plain success, or none, goes to
 * the SDK as the first that its command got: it judges, retries and throws as if it had sent the request itself.
 */
export function createBytesSender(
  options: S3StoreOptions,
  client: S3Client,
  findBase: FindBase,
  onRequest: OnRequest,
): SendBytes {
  const bySdk = (command: BytesCommand, sendOptions: SendOptions): Promise<BytesOutput> =>
    client.send(command as GetObjectCommand, sendOptions);
  // With a customer key there is more to send and to check: the SDK knows it all.
  if (options.sseCustomerKey !== undefined) return (_, command, sendOptions) => bySdk(command(), sendOptions);
  const sign = createSigner(options, client, findBase);

  return async (request, command, sendOptions) => {
    // What went wrong before anything was sent is no answer: the SDK meets it by itself, or it has passed.
    const signed = await sign(request).catch(() => undefined);
    sendOptions.abortSignal?.throwIfAborted();
    if (!signed) return await bySdk(command(), sendOptions);
    onRequest(request.query['x-id']);
    const outcome = await client.config.requestHandler.handle(signed, sendOptions).then(
      ({ response }): Outcome => ({ answer: response }),
      (error: unknown): Outcome => ({ error }),
    );
    if ('answer' in outcome && isPlainSuccess(outcome.answer, request.method)) {
      return outputOf(outcome.answer, request.method);
    }
    sendOptions.abortSignal?.throwIfAborted();
    const judged = command();
    giveFirst(judged, outcome);
    return await bySdk(judged, sendOptions);
  };
}

type Sign = (request: Parameters<SendBytes>[0]) => Promise<HandlerRequest | undefined>;

/** Gives undefined for a bucket that is signed for in another way. */
function createSigner(options: S3StoreOptions, client: S3Client, findBase: FindBase): Sign {
  let known: ReturnType<typeof signerFor> | undefined;
  return async (request) => {
    const base = await findBase();
    if (base.service !== 's3') return undefined;
    known ??= signerFor(client, base);
    const { protocol, hostname, port, host, path } = base;
    const { method, key, query, headers, body } = request;
    const signed = await (await known).sign(
      {
        method,
        protocol,
        hostname,
        ...(port === undefined ? {} : { port }),
        path: `${path}${encodeKey(key)}`,
        query: { ...query },
        headers: {
          host,
          'user-agent': 'cain',
          ...headers,
          ...(body ? bodyHeaders(isPayloadSigned(options, protocol)) : {}),
        },
        body,
      },
      { signingDate: new Date(Date.now() + client.config.systemClockOffset) },
    );
    return signed as HandlerRequest;
  };
}

function signerFor(client: S3Client, { region, service }: BucketBase) {
  return client.config.signer({
    name: 'sigv4',
    signingName: service,
    signingRegion: region,
    properties: {},
  });
}

function bodyHeaders(isSigned: boolean): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    ...(isSigned ? {} : { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
  };
}

/** S3 may say 200 to a put, and in the body that it failed. */
function isPlainSuccess({ statusCode, headers }: Answer, method: ObjectRequest['method']): boolean {
  return statusCode === 200 && (method === 'GET' || headers['content-length'] === '0');
}

/** In place of sending it for the first time. */
function giveFirst(command: BytesCommand, outcome: Outcome): void {
  let isGiven = false;
  addNextToSending(command, 'cainFirstAnswer', async (send, args) => {
    if (isGiven) return await send(args);
    isGiven = true;
    if ('error' in outcome) throw outcome.error;
    return { response: outcome.answer };
  });
}

function outputOf({ headers, body }: Answer, method: ObjectRequest['method']): BytesOutput {
  // Else its connection is never free for the next request.
  if (method === 'PUT') (body as Readable).resume();
  const length = headers['content-length'];
  const modified = new Date(headers['last-modified'] ?? Number.NaN);
  return {
    ETag: headers.etag,
    VersionId: headers['x-amz-version-id'],
    ContentLength: length === undefined ? undefined : Number(length),
    LastModified: Number.isNaN(modified.getTime()) ? undefined : modified,
    ChecksumCRC32: headers['x-amz-checksum-crc32'],
    ChecksumType: headers['x-amz-checksum-type'] as GetObjectCommandOutput['ChecksumType'],
    StorageClass: headers['x-amz-storage-class'] as GetObjectCommandOutput['StorageClass'],
    Body: body,
  };
}
