import type { Progress } from '../progress.ts';

export interface Phases {
  begin(name: string): void;
  /** Seconds of each phase so far, the last one ended now. */
  end(): Record<string, number>;
}

/** Measures the steps of a command one after another by the monotonic clock. */
export function measurePhases(progress: Progress): Phases {
  const seconds: Record<string, number> = {};
  let current: { readonly name: string; readonly startedAt: number } | undefined;

  function end(): Record<string, number> {
    if (current)
      seconds[current.name] = (seconds[current.name] ?? 0) + (performance.now() - current.startedAt) / 1000;
    current = undefined;
    return seconds;
  }
  return {
    begin(name) {
      end();
      current = { name, startedAt: performance.now() };
      progress.setPhase(name);
    },
    end,
  };
}
