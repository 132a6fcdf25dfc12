import type { LogFields, LogLevel } from '../log.ts';
import type { Amount } from '../progress.ts';

/** A line of the log. */
export interface LogEvent {
  readonly kind: 'log';
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export interface NodeProgress {
  readonly pod: string;
  readonly done: Amount;
  readonly total: Amount;
  readonly isFinished: boolean;
}

/** How far the current phase has come. */
export interface ProgressEvent {
  readonly kind: 'progress';
  readonly time: Date;
  /** The backup's, once it is known. */
  readonly tag?: string;
  readonly phase: string;
  readonly done: Amount;
  readonly total: Amount;
  /** Over the last minute. */
  readonly bytesPerSecond: number;
  /** undefined = nobody can tell. */
  readonly secondsLeft: number | undefined;
  readonly nodes: readonly NodeProgress[];
  /** No node has anything left to do in this phase: nothing to show. */
  readonly isOver: boolean;
}

/** All that Cain tells of a run is one stream of these. */
export type RunEvent = LogEvent | ProgressEvent;

/** Turns events into what a reader sees. Secrets were struck from them before. */
export interface Renderer {
  /** How often it wants to hear of progress. */
  readonly progressEveryMs: number;
  render(event: RunEvent): void;
  /** Runs `write` while nothing of the renderer's own is in its way on the screen. */
  interject(write: () => void): void;
  close(): void;
}

/** Where renderers write: a stream of the process, or a test's. */
export interface Output {
  write(text: string): unknown;
  /** Width of a terminal. */
  readonly columns?: number | undefined;
}

/** How often a pod's log tells of progress. */
export const progressLineEveryMs = 30_000;
