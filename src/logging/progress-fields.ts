import type { ProgressEvent } from './events.ts';

/** The facts of a progress line. Nodes are only counted: there may be a thousand. */
export function progressFields(event: ProgressEvent): Readonly<Record<string, unknown>> {
  return {
    ...(event.tag === undefined ? {} : { tag: event.tag }),
    phase: event.phase,
    doneFiles: event.done.files,
    totalFiles: event.total.files,
    doneBytes: event.done.bytes,
    totalBytes: event.total.bytes,
    bytesPerSecond: Math.round(event.bytesPerSecond),
    ...(event.secondsLeft === undefined ? {} : { secondsLeft: Math.round(event.secondsLeft) }),
    finishedNodes: event.nodes.filter((node) => node.isFinished).length,
    nodes: event.nodes.length,
  };
}
