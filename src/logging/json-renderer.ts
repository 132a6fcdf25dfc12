import { type Output, progressLineEveryMs, type Renderer, type RunEvent } from './events.ts';
import { progressFields } from './progress-fields.ts';

/** One JSON object a line: time, level, message, command, tag where there is one, and the facts. */
export function createJsonRenderer(output: Output, command: string): Renderer {
  return {
    progressEveryMs: progressLineEveryMs,
    render(event) {
      if (event.kind === 'progress' && event.isOver) return;
      output.write(`${JSON.stringify(lineOf(event, command))}\n`);
    },
    interject: (write) => write(),
    close() {},
  };
}

function lineOf(event: RunEvent, command: string): Record<string, unknown> {
  const isLog = event.kind === 'log';
  const head = {
    time: event.time.toISOString(),
    level: isLog ? event.level : 'info',
    message: isLog ? event.message : 'Progress',
    command,
  };
  const facts = Object.entries(isLog ? event.fields : progressFields(event));
  // A fact never takes the place of what every line has.
  return {
    ...head,
    ...Object.fromEntries(facts.map(([key, value]) => [key in head ? `${key}_` : key, value])),
  };
}
