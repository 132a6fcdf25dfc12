import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { CainError } from '../errors.ts';
import type { ExecSocket } from './exec-socket.ts';

export type TakeChunk = (chunk: Buffer) => void | Promise<void>;

export interface PausingStdout {
  /** For the client library, which calls `write` and `end` and heeds no back-pressure. */
  readonly stream: Writable;
  /** The connection stands: silence counts from now on, and the socket stands still while the queue is full. */
  attach(socket: ExecSocket): void;
  /** A chunk is being taken or waits for it: whatever is silent now may be so because of us. */
  readonly isBusy: boolean;
  /** By `performance.now()`: when the last chunk came, or was done with. */
  readonly lastOutputAt: number;
  /** Resolves when every chunk was taken after the end; rejects with the taker's error. */
  readonly finished: Promise<void>;
}

/**
 * stdout with real back-pressure: the client library queues without bound (400 MiB into a slow sink: 396 MiB
 * queued), so the socket itself is paused while the queue is full.
 */
export function pausingStdout(take: TakeChunk): PausingStdout {
  let socket: ExecSocket | undefined;
  let isPaused = false;
  let lastOutputAt = performance.now();

  const sink = new Writable({
    highWaterMark: 256 * 1024,
    write(chunk: Buffer, _encoding, done) {
      settle(take, chunk, (error) => {
        lastOutputAt = performance.now();
        done(error);
      });
    },
  });
  sink.on('drain', () => {
    isPaused = false;
    socket?.resume();
  });
  const stream = new Proxy(sink, {
    get(target, name) {
      if (name === 'write') return write;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  function write(chunk: Buffer): boolean {
    if (sink.destroyed) return false;
    if (sink.writableEnded) {
      sink.destroy(outputAfterStatus());
      return false;
    }
    lastOutputAt = performance.now();
    const hasRoom = sink.write(chunk);
    if (!hasRoom) hold();
    return hasRoom;
  }
  function hold(): void {
    isPaused = true;
    socket?.pause();
  }

  const whole = finished(sink, { readable: false });
  whole.catch(() => {});
  return {
    stream,
    attach(opened) {
      socket = opened;
      lastOutputAt = performance.now();
      if (isPaused) socket.pause();
    },
    get isBusy() {
      return sink.writableLength > 0;
    },
    get lastOutputAt() {
      return lastOutputAt;
    },
    finished: whole,
  };
}

function settle(take: TakeChunk, chunk: Buffer, done: (error?: Error) => void): void {
  try {
    const taken = take(chunk);
    if (taken === undefined) done();
    else taken.then(() => done(), done);
  } catch (error) {
    done(error as Error);
  }
}

/** The status promises that all output is out. */
function outputAfterStatus(): CainError {
  return new CainError(
    'CAIN_EXEC_CUT',
    'An exec stream went on after its status, so that its end is not known',
    {
      retryable: true,
    },
  );
}
