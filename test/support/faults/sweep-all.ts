import { findGarbage } from './check-backups.ts';
import type { Lane } from './lane.ts';

/** Of the grace that the suites set, and a little more. */
const graceMs = 1100;

/**
 * Prunes until what expired is gone: the second takes what the first expired, the third what the second left.
 * Throws when a prune fails, or when data is left that no backup names.
 */
export async function sweepAll(lane: Lane, retention: Readonly<Record<string, string>>): Promise<void> {
  for (let round = 0; round < 3; round++) {
    if (round > 0) await graceIsOver();
    const run = await lane.cain(['prune'], retention);
    if (run.exitCode !== 0)
      throw new Error(`prune ended with ${run.exitCode ?? run.signal}:\n${run.stdout}${run.stderr}`);
  }
  const garbage = await findGarbage(lane);
  if (garbage.length > 0) throw new Error(`Garbage is left: ${garbage.join(', ')}`);
}

export async function graceIsOver(): Promise<void> {
  const limit = Date.now() + graceMs;
  // A timer may come early by the store's clock.
  while (Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 50));
}
