import type { LogFields, Logger, LogLevel } from '../log.ts';
import type { Progress } from '../progress.ts';
import type { Output, ProgressEvent, Renderer, RunEvent } from './events.ts';
import { createJsonRenderer } from './json-renderer.ts';
import { type PlainValue, plainValue } from './plain-value.ts';
import { createProgressMeter } from './progress-meter.ts';
import { createRedactor, type Redactor } from './redactor.ts';
import { createTextRenderer } from './text-renderer.ts';

export interface LoggingOptions {
  /** The least urgent level that is shown. */
  readonly level: LogLevel;
  /** auto = text on a terminal, JSON elsewhere. */
  readonly format: 'auto' | 'json' | 'text';
  readonly stream: Output;
  readonly isTerminal: boolean;
  readonly hasColour?: boolean;
  readonly command: string;
  readonly now: () => Date;
  /** One that knows secrets already. */
  readonly redactor?: Redactor;
  /** Calls `tick` again and again until the function that it returns is called; the tests' clock goes here. */
  readonly every?: (ms: number, tick: () => void) => () => void;
}

export interface Logging {
  readonly log: Logger;
  readonly progress: Progress;
  readonly redactor: Redactor;
  /** From now on every line carries this tag, those of loggers that were made before too. */
  setTag(tag: string): void;
  /** Runs `write`, which writes elsewhere on the same terminal, without garbling the progress display. */
  interject(write: () => void): void;
  /** Stops the progress display. The logger goes on working. */
  close(): void;
}

const urgency: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

const isAtLeast = (level: LogLevel, least: LogLevel) => urgency.indexOf(level) >= urgency.indexOf(least);

function everyInterval(ms: number, tick: () => void): () => void {
  const timer = setInterval(tick, ms);
  // Progress never keeps the process alive.
  timer.unref();
  return () => clearInterval(timer);
}

/** All that a run tells: one stream of events, secrets struck out, shown by one renderer. */
export function createLogging(options: LoggingOptions): Logging {
  const { level, now, every = everyInterval, redactor = createRedactor() } = options;
  const renderer = rendererFor(options);
  let tag: { readonly tag?: string } = {};
  const plain = { strike: redactor.strike, withStack: level === 'debug' };

  function show(event: RunEvent): void {
    const eventLevel = event.kind === 'log' ? event.level : 'info';
    if (isAtLeast(eventLevel, level)) renderer.render(event);
  }

  function emitLine(lineLevel: LogLevel, message: string, fields: LogFields): void {
    if (!isAtLeast(lineLevel, level)) return;
    const struckFields = plainValue({ ...tag, ...fields }, plain) as Readonly<Record<string, PlainValue>>;
    show({
      kind: 'log',
      time: now(),
      level: lineLevel,
      message: redactor.strike(message),
      fields: struckFields,
    });
  }

  const meter = createProgressMeter(now);
  const stopTicking = every(renderer.progressEveryMs, () => {
    const event = meter.sample();
    if (event) show(struckProgress({ ...event, ...tag }, redactor));
  });

  return {
    log: createLogger(emitLine, {}),
    progress: meter,
    redactor,
    setTag(name) {
      tag = { tag: name };
    },
    interject: (write) => renderer.interject(write),
    close() {
      stopTicking();
      renderer.close();
    },
  };
}

function rendererFor({
  format,
  stream,
  isTerminal,
  hasColour = isTerminal,
  command,
}: LoggingOptions): Renderer {
  const isText = format === 'text' || (format === 'auto' && isTerminal);
  return isText ? createTextRenderer(stream, { isTerminal, hasColour }) : createJsonRenderer(stream, command);
}

function struckProgress(event: ProgressEvent, { strike }: Redactor): ProgressEvent {
  return {
    ...event,
    phase: strike(event.phase),
    nodes: event.nodes.map((node) => ({ ...node, pod: strike(node.pod) })),
  };
}

type EmitLine = (level: LogLevel, message: string, fields: LogFields) => void;

function createLogger(emitLine: EmitLine, always: LogFields): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      emitLine(level, message, { ...always, ...fields });
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: (fields) => createLogger(emitLine, { ...always, ...fields }),
  };
}
