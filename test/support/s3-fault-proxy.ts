import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { refusals, type S3Refusal, sendRefusal } from './s3-refusals.ts';
import { describeRequest, type S3RequestKind, s3RequestKind } from './s3-request-kind.ts';

export type S3FaultKind =
  | S3Refusal
  /** The connection is reset; the server hears nothing. */
  | 'reset'
  /** The server does its work; the connection is reset instead of its answer. */
  | 'lose-answer'
  /** The server does its work; the answer is 500. */
  | 'error-after'
  /** Half of the answer's body, then a reset. */
  | 'reset-mid-response'
  /** Half of the answer's body with a bit of it turned, then the rest. */
  | 'damage-response'
  /** Half of the answer's body, as if that were all. */
  | 'shorten-response'
  /** No answer, ever. */
  | 'stall'
  /** Half of the answer's body, then nothing. */
  | 'stall-mid-response'
  /** The answer comes a second late. */
  | 'slow'
  /** Half of the request's body reaches the server, then both connections are cut. */
  | 'cut-request'
  /** The request's body reaches the server with a bit of it turned. */
  | 'damage-request'
  /** A list without what was written after `staleSince`, and without the tags of it; hit when it leaves something out. */
  | 'stale-list';

export interface S3Fault {
  readonly kind: S3FaultKind;
  /** Default: all. */
  readonly method?: string;
  /** Default: all. */
  readonly request?: S3RequestKind;
  /** Against path and query; default: all. */
  readonly pathMatches?: RegExp;
  /** How many requests it hits; default 1. Infinity: all, at least one. */
  readonly times?: number;
  /** So many that would fit go by first; default 0. */
  readonly after?: number;
  /** For `stale-list`. */
  readonly staleSince?: Date;
  /** For `stale-list`: what is younger than this is listed again; default: nothing is. */
  readonly staleUntil?: Date;
}

export interface S3FaultProxy {
  readonly endpoint: string;
  inject(fault: S3Fault): void;
  /** A fault that was injected and never hit proves nothing: throws when one has hits left. Forgets them all. */
  assertAllHit(): void;
  /** How often those of this kind of request were hit so far. */
  hitsOf(request: S3RequestKind): number;
  /** Forgets them all, and says how often they were hit. */
  takeHits(): number;
  /** Every answer's Date is so much off. */
  clockSkewMs: number;
  /** Told of each request that the server has answered, before the client hears of it. */
  onAnswered: ((request: string) => void) | undefined;
  close(): Promise<void>;
}

interface Injected extends S3Fault {
  toPass: number;
  left: number;
  hits: number;
}

/** Stands before an S3 server and does what no server does on demand. Host and signature pass through untouched. */
export async function startS3FaultProxy(target: string): Promise<S3FaultProxy> {
  let faults: Injected[] = [];
  const agent = new Agent({ keepAlive: false });

  function take(incoming: IncomingMessage): Injected | undefined {
    const hit = faults.find((fault) => fault.left > 0 && fits(fault, incoming));
    if (!hit) return undefined;
    if (hit.toPass > 0) {
      hit.toPass--;
      return undefined;
    }
    hit.left--;
    hit.hits++;
    return hit;
  }

  const server = createServer((incoming, answer) => {
    const fault = take(incoming);
    incoming.on('error', () => {});
    if (fault?.kind === 'reset') incoming.socket.resetAndDestroy();
    else if (fault?.kind === 'stall') incoming.resume();
    else if (fault && fault.kind in refusals) void sendRefusal(fault.kind as S3Refusal, incoming, answer);
    else void forward(incoming, answer, fault);
  });

  async function forward(
    incoming: IncomingMessage,
    answer: ServerResponse,
    fault: Injected | undefined,
  ): Promise<void> {
    try {
      const body = Buffer.concat(await incoming.toArray());
      const { method = 'GET', url = '/', headers } = incoming;
      const onward = request(new URL(url, target), { method, headers, setHost: false, agent });
      if (fault?.kind === 'cut-request') {
        onward.on('error', () => {});
        onward.write(body.subarray(0, Math.floor(body.length / 2)), () => {
          onward.destroy();
          incoming.socket.resetAndDestroy();
        });
        return;
      }
      // One that comes after the answer (the server hung up before it had read all) has no other listener.
      onward.on('error', () => {});
      onward.end(fault?.kind === 'damage-request' ? withTurnedBit(body) : body);
      const [response] = (await once(onward, 'response')) as [IncomingMessage];
      const answered = Buffer.concat(await response.toArray());
      proxy.onAnswered?.(describeRequest(incoming));
      if (fault?.kind === 'slow') await delay(1000);
      await respond(incoming, answer, { response, body: answered, fault, skewMs: proxy.clockSkewMs });
    } catch {
      incoming.socket.destroy();
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const proxy: S3FaultProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inject: (fault) => faults.push({ ...fault, toPass: fault.after ?? 0, left: fault.times ?? 1, hits: 0 }),
    assertAllHit() {
      const missed = faults.filter(({ left, hits }) => (Number.isFinite(left) ? left > 0 : hits === 0));
      faults = [];
      if (missed.length === 0) return;
      throw new Error(
        `Faults that nothing hit: ${missed.map(({ kind, method, request: of }) => `${kind} of ${method ?? of}`).join(', ')}`,
      );
    },
    hitsOf: (kind) => sumOfHits(faults.filter(({ request: of }) => of === kind)),
    takeHits() {
      const hits = sumOfHits(faults);
      faults = [];
      return hits;
    },
    clockSkewMs: 0,
    onAnswered: undefined,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}

function sumOfHits(faults: readonly Injected[]): number {
  return faults.reduce((sum, { hits }) => sum + hits, 0);
}

function fits({ method, request: kind, pathMatches }: S3Fault, incoming: IncomingMessage): boolean {
  if (method !== undefined && method !== incoming.method) return false;
  if (kind !== undefined && kind !== s3RequestKind(incoming)) return false;
  return pathMatches?.test(incoming.url ?? '') ?? true;
}

interface Answered {
  readonly response: IncomingMessage;
  readonly body: Buffer;
  readonly fault: Injected | undefined;
  readonly skewMs: number;
}

async function respond(
  incoming: IncomingMessage,
  answer: ServerResponse,
  { response, body, fault, skewMs }: Answered,
): Promise<void> {
  const kind = fault?.kind;
  if (kind === 'lose-answer') {
    incoming.socket.resetAndDestroy();
    return;
  }
  if (kind === 'error-after') return await sendRefusal('server-error', incoming, answer);
  const headers = { ...response.headers };
  if (skewMs !== 0) headers.date = new Date(Date.now() + skewMs).toUTCString();
  const half = body.subarray(0, body.length / 2);
  const whole: Buffer | undefined = {
    'damage-response': () => withTurnedBit(body),
    'shorten-response': () => half,
    'stale-list': () => withoutNewer(body, fault),
    'reset-mid-response': () => undefined,
    'stall-mid-response': () => undefined,
    other: () => body,
  }[wholeAnswer(kind)]();
  // A list that leaves nothing out is not stale.
  if (fault?.kind === 'stale-list' && whole?.length === body.length) fault.hits--;
  if (whole && whole.length !== body.length) {
    headers['content-length'] = String(whole.length);
    delete headers['transfer-encoding'];
  }
  answer.writeHead(response.statusCode ?? 502, headers);
  if (whole) answer.end(whole);
  else {
    answer.write(half, () => {
      if (kind === 'reset-mid-response') incoming.socket.resetAndDestroy();
    });
  }
}

function wholeAnswer(kind: S3FaultKind | undefined) {
  switch (kind) {
    case 'damage-response':
    case 'shorten-response':
    case 'stale-list':
    case 'reset-mid-response':
    case 'stall-mid-response':
      return kind;
    default:
      return 'other';
  }
}

function withTurnedBit(body: Buffer): Buffer {
  const damaged = Buffer.from(body);
  const middle = Math.floor(body.length / 2);
  damaged[middle] = (damaged[middle] ?? 0) ^ 1;
  return damaged;
}

/** A list as a store gives it that has not caught up: entries are missing, and whole tags. */
function withoutNewer(body: Buffer, { staleSince = new Date(0), staleUntil }: Partial<S3Fault> = {}): Buffer {
  const since = staleSince.getTime();
  const until = staleUntil?.getTime() ?? Number.POSITIVE_INFINITY;
  const isMissed = (timeMs: number, precisionMs: number) => {
    const floor = (ms: number) => Math.floor(ms / precisionMs) * precisionMs;
    return timeMs >= floor(since) && timeMs < floor(until);
  };
  const text = body
    .toString()
    .replaceAll(/<Contents>.*?<\/Contents>/gs, (entry) =>
      isMissed(Date.parse(/<LastModified>(.*?)</.exec(entry)?.[1] ?? ''), 1) ? '' : entry,
    )
    // A backup is found by the name that its records have in common.
    .replaceAll(/<CommonPrefixes>.*?<\/CommonPrefixes>/gs, (entry) =>
      isMissed(tagTime(/\/(\d{14})\/<\/Prefix>/.exec(entry)?.[1]), 1000) ? '' : entry,
    );
  return Buffer.from(text);
}

/** NaN = no tag. */
function tagTime(tag = ''): number {
  return Date.parse(tag.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z'));
}
