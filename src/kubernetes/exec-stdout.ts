import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ExecSocket } from './exec-socket.ts';

export type TakeChunk = (chunk: Buffer) => void | Promise<void>;

export interface PausingStdout {
  /** For the client library, which calls `write` and `end` and heeds no back-pressure. */
  readonly stream: Writable;
  /** From now on the socket stands still while a chunk is being taken. */
  attach(socket: ExecSocket): void;
  readonly isPaused: boolean;
  /** By `performance.now()`; waiting for us does not count as silence. */
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
      lastOutputAt = performance.now();
      settle(take(chunk), done);
    },
  });
  sink.on('drain', () => {
    isPaused = false;
    lastOutputAt = performance.now();
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
      if (isPaused) socket.pause();
    },
    get isPaused() {
      return isPaused;
    },
    get lastOutputAt() {
      return lastOutputAt;
    },
    finished: whole,
  };
}

function settle(taken: void | Promise<void>, done: (error?: Error) => void): void {
  if (taken === undefined) done();
  else taken.then(() => done(), done);
}
