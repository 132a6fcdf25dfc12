import type { NodeProgress, Output, ProgressEvent } from './events.ts';
import { humanBytes } from './human.ts';
import { percentOf, progressText, withoutControls } from './text-lines.ts';

/** More lines would push the log off the screen. */
const nodesShown = 8;

const barWidth = 20;

/** A block of lines at the bottom of a terminal. */
export interface ProgressDisplay {
  show(event: ProgressEvent): void;
  /** Takes the block off the screen, runs `write`, and puts it back below what was written. */
  interject(write: () => void): void;
  /** Takes the block off the screen for good. */
  clear(): void;
}

export function createProgressDisplay(output: Output): ProgressDisplay {
  let shown: readonly string[] = [];

  const erase = () => (shown.length > 0 ? `\u001b[${shown.length}A\u001b[J` : '');
  const draw = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

  return {
    show(event) {
      // A line that wraps would take two rows, and the next erase would miss one.
      const width = Math.max(20, (output.columns ?? 80) - 1);
      const lines = event.isOver
        ? []
        : displayLines(event).map((line) => withoutControls(line).slice(0, width));
      const change = erase() + draw(lines);
      shown = lines;
      if (change !== '') output.write(change);
    },
    interject(write) {
      if (shown.length > 0) output.write(erase());
      write();
      if (shown.length > 0) output.write(draw(shown));
    },
    clear() {
      if (shown.length > 0) output.write(erase());
      shown = [];
    },
  };
}

/** The whole run on one line, its bar last because a narrow terminal cuts it; then the nodes at work, one each. */
function displayLines(event: ProgressEvent): string[] {
  const working = event.nodes.filter((node) => !node.isFinished);
  const finished = event.nodes.length - working.length;
  const hidden = Math.max(0, working.length - nodesShown);
  const notes = [
    ...(hidden > 0 ? [`${hidden} more nodes at work`] : []),
    ...(finished > 0 ? [`${finished} of ${event.nodes.length} nodes done`] : []),
  ];
  return [
    `${event.phase}  ${progressText(event)}  ${bar(percentOf(event.done.bytes, event.total.bytes))}`,
    ...working.slice(0, nodesShown).map(nodeLine),
    ...(notes.length > 0 ? [`  ${notes.join(', ')}`] : []),
  ];
}

function nodeLine({ pod, done, total }: NodeProgress): string {
  const percent = percentOf(done.bytes, total.bytes);
  return `  ${pod}  ${percent} %  ${done.files}/${total.files} files  ${humanBytes(done.bytes)}/${humanBytes(total.bytes)}`;
}

function bar(percent: number): string {
  const full = Math.round((percent / 100) * barWidth);
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}]`;
}
