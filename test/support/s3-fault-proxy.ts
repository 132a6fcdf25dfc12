import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type S3FaultKind =
  /** The connection is reset; the server hears nothing. */
  | 'reset'
  /** The server does its work; the connection is reset instead of its answer. */
  | 'lose-answer'
  /** Half of the answer's body, then a reset. */
  | 'reset-mid-response'
  /** Half of the answer's body with a bit of it turned, then the rest. */
  | 'damage-response'
  /** No answer, ever. */
  | 'stall'
  /** Half of the answer's body, then nothing. */
  | 'stall-mid-response'
  /** 503 SlowDown. */
  | 'slow-down';

export interface S3Fault {
  readonly kind: S3FaultKind;
  readonly method: string;
  /** Against path and query; default: all. */
  readonly pathMatches?: RegExp;
  /** How many requests it hits; default 1. */
  readonly times?: number;
}

export interface S3FaultProxy {
  readonly endpoint: string;
  inject(fault: S3Fault): void;
  /** A fault that was injected and never hit proves nothing: throws when one has hits left. Forgets them all. */
  assertAllHit(): void;
  close(): Promise<void>;
}

/** Stands before an S3 server and does what no server does on demand. Host and signature pass through untouched. */
export async function startS3FaultProxy(target: string): Promise<S3FaultProxy> {
  let faults: Array<S3Fault & { left: number }> = [];

  function take({ method, url = '' }: IncomingMessage): S3FaultKind | undefined {
    const hit = faults.find(
      (fault) => fault.left > 0 && fault.method === method && (fault.pathMatches?.test(url) ?? true),
    );
    if (hit) hit.left--;
    return hit?.kind;
  }

  const server = createServer((incoming, answer) => {
    const fault = take(incoming);
    incoming.on('error', () => {});
    if (fault === 'reset') incoming.socket.resetAndDestroy();
    else if (fault === 'slow-down') void slowDown(incoming, answer);
    else if (fault === 'stall') incoming.resume();
    else void forward(target, incoming, answer, fault);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inject: (fault) => faults.push({ ...fault, left: fault.times ?? 1 }),
    assertAllHit() {
      const missed = faults.filter(({ left }) => left > 0);
      faults = [];
      if (missed.length === 0) return;
      throw new Error(
        `Faults that nothing hit: ${missed.map(({ kind, method }) => `${kind} of ${method}`).join(', ')}`,
      );
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function forward(
  target: string,
  incoming: IncomingMessage,
  answer: ServerResponse,
  fault: S3FaultKind | undefined,
): Promise<void> {
  const onward = request(new URL(incoming.url ?? '/', target), {
    method: incoming.method ?? 'GET',
    headers: incoming.headers,
    setHost: false,
    agent: false,
  });
  incoming.pipe(onward);
  try {
    const [response] = (await once(onward, 'response')) as [IncomingMessage];
    const body = Buffer.concat(await response.toArray());
    respond(incoming, answer, response, body, fault);
  } catch {
    incoming.socket.destroy();
  }
}

function respond(
  incoming: IncomingMessage,
  answer: ServerResponse,
  { statusCode = 502, headers }: IncomingMessage,
  body: Buffer,
  fault: S3FaultKind | undefined,
): void {
  if (fault === 'lose-answer') {
    incoming.socket.resetAndDestroy();
    return;
  }
  answer.writeHead(statusCode, headers);
  if (fault === undefined) answer.end(body);
  else if (fault === 'damage-response') answer.end(withTurnedBit(body));
  else {
    answer.write(body.subarray(0, body.length / 2), () => {
      if (fault === 'reset-mid-response') incoming.socket.resetAndDestroy();
    });
  }
}

function withTurnedBit(body: Buffer): Buffer {
  const damaged = Buffer.from(body);
  const middle = Math.floor(body.length / 2);
  damaged[middle] = (damaged[middle] ?? 0) ^ 1;
  return damaged;
}

async function slowDown(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  await incoming.resume().toArray();
  answer.writeHead(503, { 'content-type': 'application/xml' });
  answer.end(
    '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
  );
}
