import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { CainError } from '../../src/errors.ts';
import { crc32ToBase64 } from '../../src/store/s3-crc32.ts';
import type { SignedRequest } from '../../src/store/store.ts';
import type { Accept, Signing } from './memory-signing.ts';

/** What happens to a request in place of its work. */
export type HttpFault =
  | 'slow-down'
  | 'reset'
  | 'lose-answer'
  | 'expired'
  | 'expired-token'
  | 'denied'
  | 'damage';

export interface MemoryHttp extends Signing {
  readonly requests: ReadonlyArray<{ readonly method: string; readonly range: string | undefined }>;
  /** Of URLs that are signed from now on. */
  lifetimeSeconds: number;
  /** The next fault for a request, asked for each. */
  nextFault: (method: string) => HttpFault | undefined;
  close(): Promise<void>;
}

/** Takes signed requests for a store in memory as S3 would: just those headers, that size and CRC-32. */
export async function startMemoryHttp(): Promise<MemoryHttp> {
  const accepted = new Map<string, { accept: Accept; signed: SignedRequest }>();
  const requests: Array<{ method: string; range: string | undefined }> = [];
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    requests.push({ method, range: headers.range });
    const fault = http.nextFault(method);
    if (fault === 'reset') return request.socket.resetAndDestroy() as unknown as undefined;
    const body = Buffer.concat(await request.toArray().catch(() => []));
    if (fault === 'slow-down') return refuse(response, 503, 'SlowDown');
    if (fault === 'expired' || fault === 'denied') return refuse(response, 403, 'AccessDenied');
    if (fault === 'expired-token') return refuse(response, 400, 'ExpiredToken');
    const known = accepted.get(url);
    if (!known || known.accept.method !== method) return refuse(response, 403, 'SignatureDoesNotMatch');
    try {
      if (known.accept.method === 'GET') return give(known.accept.give(), headers.range, response, fault);
      const missing = Object.entries(known.signed.headers).find(([name, value]) => headers[name] !== value);
      if (missing) return refuse(response, 403, `SignatureDoesNotMatch: ${missing[0]}`);
      if (body.length !== known.accept.sizeBytes) return refuse(response, 400, 'IncompleteBody');
      if (crc32(body) !== known.accept.crc32) return refuse(response, 400, 'BadDigest');
      const { etag } = known.accept.take(body);
      if (fault === 'lose-answer') return request.socket.resetAndDestroy() as unknown as undefined;
      response.writeHead(200, { etag, 'content-length': 0 });
      response.end();
    } catch (error) {
      const code = error instanceof CainError ? error.code : '';
      if (code === 'CAIN_STORE_EXISTS') refuse(response, 412, 'PreconditionFailed');
      else refuse(response, 404, 'NoSuchKey');
    }
  }

  const http: MemoryHttp = {
    requests,
    lifetimeSeconds: 900,
    nextFault: () => undefined,
    sign(accept) {
      const path = `/signed/${accepted.size + 1}`;
      const headers: Record<string, string> =
        accept.method === 'PUT'
          ? {
              'content-length': String(accept.sizeBytes),
              'x-amz-checksum-crc32': crc32ToBase64(accept.crc32),
              ...(accept.ifNoneMatch ? { 'if-none-match': '*' } : {}),
            }
          : {};
      const signed: SignedRequest = {
        method: accept.method,
        url: `${origin}${path}`,
        headers,
        lifetimeSeconds: http.lifetimeSeconds,
      };
      accepted.set(path, { accept, signed });
      return signed;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return http;
}

function give(
  bytes: Buffer,
  range: string | undefined,
  response: ServerResponse,
  fault: HttpFault | undefined,
): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const part = Buffer.from(from === undefined ? bytes : bytes.subarray(Number(from), Number(to) + 1));
  if (fault === 'damage' && part.length > 0) part[0] = (part[0] ?? 0) ^ 1;
  if (from !== undefined && Number(from) >= bytes.length) {
    refuse(response, 416, 'InvalidRange');
    return;
  }
  response.writeHead(from === undefined ? 200 : 206, {
    'content-length': part.length,
    ...(from === undefined ? {} : { 'content-range': `bytes ${from}-${to}/${bytes.length}` }),
  });
  if (fault !== 'lose-answer') {
    response.end(part);
    return;
  }
  response.write(part.subarray(0, part.length / 2), () => response.destroy());
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status);
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>canned</Message></Error>`);
}
