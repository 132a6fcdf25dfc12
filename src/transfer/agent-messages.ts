import { CainError } from '../errors.ts';
import type { SignedRequest } from '../store/store.ts';

/** As the program takes it: URL, headers, seconds that it is good for. */
export type SignedEntry = readonly [
  url: string,
  headers: ReadonlyArray<readonly [string, string]>,
  lifetimeSeconds: number,
];

/** What Cain tells the program, by kind; a line holds several entries of each. */
export interface AgentOrders {
  uploads: readonly [
    id: number,
    path: string,
    size: number,
    partBytes: number,
    parts: readonly number[] | null,
  ];
  downloads: readonly [
    id: number,
    path: string,
    size: number,
    segmentBytes: number,
    owner: readonly [uid: number, gid: number, mode: number, mtimeSeconds: number],
    segments: readonly number[] | null,
    signed: SignedEntry,
  ];
  sums: readonly [id: number, path: string];
  trials: readonly [
    id: number,
    method: string,
    url: string,
    headers: SignedEntry[1],
    body: string,
    /** Of the answer's body, and of the whole object. */
    length: number,
    total: number,
  ];
  /** null = this part is no longer wanted. Every `ask` gets one. */
  signed: readonly [id: number, part: number, signed: SignedEntry | null];
  forget: number;
  sync: string;
  ping: number;
  /** An earlier program that may still be at work since nobody could tell it to end; only if it began just then. */
  dismiss: readonly [pid: number, startedAt: number];
  end: number;
}

/** Who answers: enough to find this program again, and to see whether its container went down since. */
export interface AgentProcess {
  /** Of the kernel and the container since they began; '' = can't be known, and differs from any. */
  readonly host: string;
  readonly pid: number;
  /** In the kernel's ticks: a number is used again, a number that began just then is not. */
  readonly startedAt: number;
}

/** What went wrong in the pod: with a file, the network, the store's answer, or the program itself. */
export interface AgentFailure {
  readonly where: 'file' | 'network' | 'store' | 'program';
  readonly status: number;
  readonly code: string;
  readonly text: string;
}

/** What the program tells Cain. Nothing of it is true only because it says so. */
export type AgentAnswer =
  | { readonly kind: 'ready'; readonly python: string; readonly process: AgentProcess }
  | {
      readonly kind: 'ask';
      readonly id: number;
      readonly part: number;
      readonly size?: number;
      readonly crc32?: number;
    }
  | {
      readonly kind: 'done';
      readonly id: number;
      readonly part: number;
      readonly etag?: string;
      readonly versionId?: string;
      readonly crc32?: number;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly part: number; readonly failure: AgentFailure }
  | {
      readonly kind: 'sum';
      readonly id: number;
      readonly found: { readonly sizeBytes: number; readonly crc32: number } | undefined;
    }
  | {
      readonly kind: 'tried';
      readonly id: number;
      readonly status: number;
      readonly code: string;
      readonly text: string;
      readonly crc32: number;
    }
  | { readonly kind: 'synced' }
  | { readonly kind: 'pong'; readonly movedBytes: number };

export function signedEntry({ url, headers, lifetimeSeconds }: SignedRequest): SignedEntry {
  return [url, Object.entries(headers), lifetimeSeconds];
}

/** The answers in one line. Throws CAIN_OUTPUT_UNREADABLE for anything that the program does not say. */
export function parseAnswers(line: string, pod: string): readonly AgentAnswer[] {
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message !== 'object' || message === null) throw new Error('no object');
    return Object.entries(message).flatMap(([kind, entries]) => {
      const parse = parsers[kind];
      if (!parse || !Array.isArray(entries)) throw new Error(`kind ${kind}`);
      return entries.map((entry: unknown) => parse(entry));
    });
  } catch (cause) {
    throw new CainError(
      'CAIN_OUTPUT_UNREADABLE',
      `The program in pod ${pod} says what it should not: ${line.slice(0, 200)}`,
      { cause, retryable: true },
    );
  }
}

const parsers: Readonly<Record<string, (entry: unknown) => AgentAnswer>> = {
  ready(entry) {
    const [python, host, pid, startedAt] = tuple(entry);
    const process = { host: text(host), pid: count(pid), startedAt: count(startedAt) };
    return { kind: 'ready', python: text(python), process };
  },
  ask(entry) {
    const [id, part, size, crc32] = tuple(entry);
    const base = { kind: 'ask', id: count(id), part: count(part) } as const;
    return size === undefined ? base : { ...base, size: count(size), crc32: count(crc32) };
  },
  done(entry) {
    const [id, part, proof, versionId] = tuple(entry);
    const base = { kind: 'done', id: count(id), part: count(part) } as const;
    if (typeof proof === 'number') return { ...base, crc32: count(proof) };
    return {
      ...base,
      etag: headerText(proof),
      ...(versionId === null || versionId === undefined ? {} : { versionId: headerText(versionId) }),
    };
  },
  failed(entry) {
    const [id, part, where, status, code, message] = tuple(entry);
    if (where !== 'file' && where !== 'network' && where !== 'store' && where !== 'program')
      throw new Error('where');
    const failure = { where, status: count(status), code: text(code), text: text(message) } as const;
    return { kind: 'failed', id: count(id), part: count(part), failure };
  },
  sum(entry) {
    const [id, sizeBytes, crc32] = tuple(entry);
    const found = sizeBytes === null ? undefined : { sizeBytes: count(sizeBytes), crc32: count(crc32) };
    return { kind: 'sum', id: count(id), found };
  },
  tried(entry) {
    const [id, status, code, message, crc32] = tuple(entry);
    return {
      kind: 'tried',
      id: count(id),
      status: count(status),
      code: text(code),
      text: text(message),
      crc32: count(crc32),
    };
  },
  synced: () => ({ kind: 'synced' }),
  pong: (entry) => ({ kind: 'pong', movedBytes: count(entry) }),
};

function tuple(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error('no list');
}

function count(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error('no count');
}

const longestText = 1000;

function text(value: unknown): string {
  if (typeof value === 'string' && value.length <= longestText) return value;
  throw new Error('no text');
}

/** What a header may hold, and not empty: it goes into records and requests. */
function headerText(value: unknown): string {
  if (/^[\x21-\x7e]+$/.test(text(value))) return value as string;
  throw new Error('no header');
}
