import type { CommandContext } from './context.ts';

export interface Phases {
  begin(name: string): void;
  /** Seconds of each phase so far, the last one ended now. */
  end(): Record<string, number>;
}

/** Tells and measures the steps of a command, one after another, by the monotonic clock. */
export function measurePhases({ progress, log }: Pick<CommandContext, 'progress' | 'log'>): Phases {
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
      // Progress shows only steps that move files.
      log.info('Began a step', { phase: name });
    },
    end,
  };
}
