import type { Readable } from 'node:stream';
import type {
  GetObjectCommand,
  GetObjectCommandOutput,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { findsBase } from './s3-base.ts';
import { isPayloadSigned } from './s3-client.ts';
import type { S3StoreOptions } from './s3-options.ts';
import type { RequestToPresign } from './s3-presign.ts';
import { encodeKey } from './sigv4-query.ts';

/** The request that the SDK would make of the command that goes with it. */
export interface BytesRequest extends RequestToPresign {
  /** Names the operation, as the SDK does. */
  readonly query: Readonly<Record<string, string>> & { readonly 'x-id': string };
  readonly body?: Buffer;
}

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

interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

export type SendBytes = (
  request: BytesRequest,
  command: BytesCommand,
  options: SendOptions,
) => Promise<BytesOutput>;

/** Of the handler that the SDK sends with, and of its answers. */
type Handler = S3Client['config']['requestHandler'];
type HandlerRequest = Parameters<Handler['handle']>[0];
type Answer = Awaited<ReturnType<Handler['handle']>>['response'];

type Outcome = { readonly answer: Answer } | { readonly error: unknown };

/**
 * Sends a request for an object's bytes with the SDK's signer and its connections, but not through its layers, which
 * take 2 ms of processor time a request where these take 0.7. An answer that is no plain success, or none, goes to
 * the SDK as the first that its command got: it judges, retries and throws as if it had sent the request itself.
 */
export function createBytesSender(
  options: S3StoreOptions,
  client: S3Client,
  onRequest: (operation: string) => void,
): SendBytes {
  const base = findsBase(client, options.bucket);
  const bySdk = (command: BytesCommand, sendOptions: SendOptions): Promise<BytesOutput> =>
    client.send(command as GetObjectCommand, sendOptions);
  // With a customer key there is more to send and to check: the SDK knows it all.
  if (options.sseCustomerKey !== undefined) return (_, command, sendOptions) => bySdk(command, sendOptions);
  let signer: Promise<Signer> | undefined;

  async function send(request: BytesRequest, sendOptions: SendOptions): Promise<Answer> {
    const { origin, host, path } = await base();
    const { protocol, hostname, port } = new URL(origin);
    signer ??= client.config.signer();
    const signed = await (await signer).sign(
      {
        method: request.method,
        protocol,
        hostname,
        ...(port ? { port: Number(port) } : {}),
        path: `${path}${encodeKey(request.key)}`,
        query: { ...request.query },
        headers: {
          host,
          'user-agent': 'cain',
          ...request.headers,
          ...(request.body ? bodyHeaders(isPayloadSigned(options, protocol)) : {}),
        },
        body: request.body,
      },
      { signingDate: new Date(Date.now() + client.config.systemClockOffset) },
    );
    const { response } = await client.config.requestHandler.handle(signed as HandlerRequest, sendOptions);
    return response;
  }

  return async (request, command, sendOptions) => {
    const outcome = await send(request, sendOptions).then(
      (answer): Outcome => ({ answer }),
      (error: unknown): Outcome => ({ error }),
    );
    if ('answer' in outcome && outcome.answer.statusCode === 200) {
      onRequest(request.query['x-id']);
      return outputOf(outcome.answer, request.method);
    }
    sendOptions.abortSignal?.throwIfAborted();
    giveFirst(command, outcome);
    return await bySdk(command, sendOptions);
  };
}

type Signer = Awaited<ReturnType<S3Client['config']['signer']>>;

function bodyHeaders(isSigned: boolean): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    ...(isSigned ? {} : { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
  };
}

/** At the place where the SDK would send it for the first time. */
function giveFirst(command: BytesCommand, outcome: Outcome): void {
  let isGiven = false;
  const stack = command.middlewareStack as GetObjectCommand['middlewareStack'];
  stack.add(
    (next) => async (args) => {
      if (isGiven) return await next(args);
      isGiven = true;
      if ('error' in outcome) throw outcome.error;
      return { response: outcome.answer };
    },
    { step: 'deserialize', priority: 'low', name: 'cainFirstAnswer' },
  );
}

function outputOf({ headers, body }: Answer, method: 'GET' | 'PUT'): BytesOutput {
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
