import type { Amount, Progress } from '../progress.ts';
import type { NodeProgress, ProgressEvent } from './events.ts';

/** The rate is that of the last minute: a slow start must not spoil the forecast for hours. */
const rateWindowMs = 60_000;

const nothing: Amount = { files: 0, bytes: 0 };

function plus(left: Amount, right: Partial<Amount>): Amount {
  return { files: left.files + (right.files ?? 0), bytes: left.bytes + (right.bytes ?? 0) };
}

const sum = (amounts: Iterable<Amount>) => [...amounts].reduce(plus, nothing);

export interface ProgressMeter extends Progress {
  /** The event to show now, or undefined before the first phase. Each call is a sample for the rate. */
  sample(): ProgressEvent | undefined;
}

/** Adds up what the transfers report. */
export function createProgressMeter(now: () => Date): ProgressMeter {
  const nodes = new Map<string, NodeProgress>();
  let phase: string | undefined;
  let samples: { readonly atMs: number; readonly bytes: number }[] = [];

  function update(pod: string, change: (node: NodeProgress) => Partial<NodeProgress>): void {
    const node = nodes.get(pod) ?? { pod, done: nothing, total: nothing, isFinished: false };
    nodes.set(pod, { ...node, ...change(node) });
  }

  function bytesPerSecond(atMs: number, bytes: number): number {
    const first = samples[0];
    samples.push({ atMs, bytes });
    while (samples.length > 2 && atMs - (samples[0]?.atMs ?? atMs) > rateWindowMs) samples.shift();
    if (!first || atMs <= first.atMs) return 0;
    return Math.max(0, ((bytes - first.bytes) * 1000) / (atMs - first.atMs));
  }

  return {
    setPhase(name) {
      phase = name;
      nodes.clear();
      samples = [{ atMs: now().getTime(), bytes: 0 }];
    },
    addNode: (pod, total) => update(pod, (node) => ({ total: plus(node.total, total), isFinished: false })),
    advance: (pod, done) => update(pod, (node) => ({ done: plus(node.done, done) })),
    retract: (pod, { bytes }) => update(pod, (node) => ({ done: plus(node.done, { bytes: -bytes }) })),
    finishNode: (pod) => update(pod, () => ({ isFinished: true })),

    sample() {
      if (phase === undefined) return undefined;
      const time = now();
      const all = [...nodes.values()];
      const done = sum(all.map((node) => node.done));
      const total = sum(all.map((node) => node.total));
      const rate = bytesPerSecond(time.getTime(), done.bytes);
      return {
        kind: 'progress',
        time,
        phase,
        done,
        total,
        bytesPerSecond: rate,
        secondsLeft: rate > 0 ? Math.max(0, total.bytes - done.bytes) / rate : undefined,
        nodes: all,
        isOver: all.every((node) => node.isFinished),
      };
    },
  };
}
