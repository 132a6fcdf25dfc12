/** A fault happens to the next `times` requests that match; `hits` proves that it did. */
interface Times {
  /** Default 1. */
  readonly times?: number;
}

export interface ExecToMatch {
  readonly pod: string;
  readonly command: readonly string[];
}

export type ExecFaultKind =
  /** The connection is reset after `afterBytes` of stdout. */
  | 'cut'
  /** The socket closes in order after `afterBytes`, without a status. */
  | 'close-without-status'
  /** All stdout after `afterBytes` is lost, and the status says Success. */
  | 'truncate-with-success'
  /** No output and no status after `afterBytes`; pings are still answered. */
  | 'stall'
  /** Nothing at all after `afterBytes`, no pong either: a dead connection that nobody closed. */
  | 'freeze'
  /** `text` comes on stderr before all else. */
  | 'stderr-noise'
  /** stdout at `bytesPerSecond`. */
  | 'slow'
  /** The upgrade is answered with 403. */
  | 'forbidden';

export interface ExecFault extends Times {
  readonly match: (exec: ExecToMatch) => boolean;
  readonly kind: ExecFaultKind;
  /** Bytes of stdout that still arrive; default 0. Infinity means: all of it, then the fault in place of the status. */
  readonly afterBytes?: number;
  readonly bytesPerSecond?: number;
  readonly text?: string;
}

export interface RequestToMatch {
  readonly method: string;
  readonly path: string;
}

/** A plain API request is answered with this status instead, or its connection is reset. */
export interface RequestFault extends Times {
  readonly match: (request: RequestToMatch) => boolean;
  readonly answer: 401 | 403 | 409 | 429 | 500 | 503 | 'reset';
}

export type Injected<Fault> = Fault & {
  /** How often it has happened. */
  readonly hits: number;
};

export interface FaultQueue<Subject, Fault> {
  add(fault: Fault): Injected<Fault>;
  /** The first fault that waits for such a request; it is used up by this. The caller says `hit` when it happens. */
  take(subject: Subject): { readonly fault: Fault; readonly hit: () => void } | undefined;
  /** Faults that have not happened as often as asked for: a test that ends with some proves nothing. */
  unhit(): ReadonlyArray<Injected<Fault>>;
  clear(): void;
}

export function createFaultQueue<
  Subject,
  Fault extends Times & { match: (subject: Subject) => boolean },
>(): FaultQueue<Subject, Fault> {
  let entries: Array<{ injected: Fault & { hits: number }; left: number }> = [];
  return {
    add: (fault) => {
      const injected = { ...fault, hits: 0 };
      entries.push({ injected, left: fault.times ?? 1 });
      return injected;
    },
    take: (subject) => {
      const entry = entries.find(({ injected, left }) => left > 0 && injected.match(subject));
      if (!entry) return undefined;
      entry.left--;
      const hit = () => {
        entry.injected.hits++;
      };
      return { fault: entry.injected, hit };
    },
    unhit: () => entries.map(({ injected }) => injected).filter(({ hits, times = 1 }) => hits < times),
    clear: () => {
      entries = [];
    },
  };
}
