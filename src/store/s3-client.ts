import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Logger } from '../log.ts';
import { notOverTls } from './s3-customer-key.ts';
import { createIdleAgents } from './s3-idle-agent.ts';
import { endpointUrl, isEncrypted, type S3StoreOptions } from './s3-options.ts';
import { createRetryStrategy } from './s3-retry.ts';

/** Hears of each request as it is sent, by operation. */
export type OnRequest = (operation: string) => void;

/** The middleware next to the sending itself. */
export const requestCount = 'cainRequestCount';

/** The SDK's client with every default that Cain can't live with replaced. */
export function createS3Client(options: S3StoreOptions, onRequest: OnRequest): S3Client {
  const { region, forcePathStyle, timeoutMs, maxSockets, caFile, retries, log } = options;
  const endpoint = endpointUrl(options);
  const agents = createIdleAgents({ idleMs: timeoutMs, maxSockets, caFile });
  const config: S3ClientConfig = {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(forcePathStyle === undefined ? {} : { forcePathStyle }),
    tls: isEncrypted(options),
    requestHandler: { ...agents, logger: handlerLogger(log) },
    retryStrategy: createRetryStrategy(retries, log),
    maxAttempts: retries + 1,
    // Cain computes and checks every CRC-32 itself: with the default the SDK would add its own to more requests.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The default asks before each body over 2 MiB and waits for the answer.
    expectContinueHeader: false,
  };
  const client = new S3Client(config);
  // It walks through all that was sent and answered, a thousand keys of a listing, for a logger that there is not.
  client.middlewareStack.remove('loggerMiddleware');
  addHeaders(client, options);
  client.middlewareStack.add(
    (next, context) => (args) => {
      onRequest((context.commandName as string | undefined)?.replace(/Command$/, '') ?? 'unknown');
      return next(args);
    },
    { step: 'deserialize', priority: 'low', name: requestCount },
  );
  return client;
}

interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** Set while the request is built, so that the signature covers them. */
function addHeaders(client: S3Client, options: S3StoreOptions): void {
  const { sseCustomerKey } = options;
  client.middlewareStack.add(
    (next, context) => (args) => {
      const request = args.request as SdkRequest;
      const { protocol } = request;
      if (sseCustomerKey !== undefined && !isTls(protocol)) throw notOverTls(request.hostname);
      if (!isPayloadSigned(options, protocol) && request.method === 'PUT' && request.body !== undefined) {
        request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      }
      // As a parameter of the command it would make the SDK check too, be it a CRC-64 in JavaScript; s3-body.ts checks the CRC-32.
      if (context.commandName === 'GetObjectCommand') request.headers['x-amz-checksum-mode'] = 'ENABLED';
      return next(args);
    },
    { step: 'build', name: 'cainHeaders' },
  );
}

/** `protocol` is the one of the request, not of our settings: the SDK knows further places of an endpoint, such as AWS_ENDPOINT_URL. */
export function isPayloadSigned({ unsignedPayload }: S3StoreOptions, protocol: string): boolean {
  return !(unsignedPayload ?? isTls(protocol));
}

function isTls(protocol: string): boolean {
  return protocol === 'https:';
}

/** The request handler warns on the console otherwise (more requests wait for a connection than it likes). */
function handlerLogger(log: Logger | undefined) {
  const say = (text: unknown): void => log?.debug('S3 client says', { text: String(text) });
  return { trace: say, debug: say, info: say, warn: say, error: say };
}
