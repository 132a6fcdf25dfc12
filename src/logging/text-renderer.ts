import type { LogLevel } from '../log.ts';
import { type LogEvent, type Output, progressLineEveryMs, type Renderer } from './events.ts';
import { createProgressDisplay } from './progress-display.ts';
import { logLines, progressText, withoutControls } from './text-lines.ts';

export interface TextOptions {
  /** Progress is drawn in place, rather than written as a line now and then. */
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
}

/** Often enough to look alive, seldom enough to cost nothing. */
const redrawEveryMs = 250;

const colours: Readonly<Record<LogLevel, string>> = { error: '31', warn: '33', info: '32', debug: '2' };

/** Lines for people: `02:00:05Z info  Uploaded file  pod=cassandra-0 bytes=3.2 MiB`. */
export function createTextRenderer(output: Output, { isTerminal, hasColour }: TextOptions): Renderer {
  const display = createProgressDisplay(output);
  const paint = (colour: string, text: string) => (hasColour ? `\u001b[${colour}m${text}\u001b[0m` : text);

  function write({
    time,
    level,
    lines,
  }: Pick<LogEvent, 'time' | 'level'> & { lines: readonly string[] }): void {
    const head = `${paint('2', `${time.toISOString().slice(11, 19)}Z`)} ${paint(colours[level], level.padEnd(5))}`;
    const [first = '', ...rest] = lines.flatMap((line) => withoutControls(line).split('\n'));
    const text = [`${head} ${first}`, ...rest.map((line) => `    ${line.trimEnd()}`)].join('\n');
    display.interject(() => output.write(`${text}\n`));
  }

  return {
    progressEveryMs: isTerminal ? redrawEveryMs : progressLineEveryMs,
    render(event) {
      if (event.kind === 'log') write({ ...event, lines: logLines(event) });
      else if (isTerminal) display.show(event);
      else if (!event.isOver) {
        write({ time: event.time, level: 'info', lines: [`${event.phase}  ${progressText(event)}`] });
      }
    },
    interject: (write) => display.interject(write),
    close: () => display.clear(),
  };
}
