import { messageOf } from '../../../src/errors.ts';
import { type KilledRun, type Lane, startLane } from './lane.ts';
import type { FaultTally } from './results.ts';

export interface CrashScenario {
  /** The command that is killed. */
  readonly phase: string;
  /** As many effects as a whole run surely has: fewer were counted badly, and most points were never tried. */
  readonly leastEffects: number;
  /** Once a lane. */
  readonly prepare?: (lane: Lane) => Promise<void>;
  /** Runs the command up to its effect of this number. */
  readonly strike: (lane: Lane, at: number) => Promise<KilledRun>;
  /** What must be true afterwards; throws what is not. Gives the outcome for the table. */
  readonly check: (lane: Lane, at: number, killed: KilledRun) => Promise<string>;
  /** Once a lane, at its end; `lastAt` is where the last run was to be killed. */
  readonly finish?: (lane: Lane, lastAt: number) => Promise<void>;
}

export interface CrashOptions {
  /** 1: every effect is a crash point; 10: every tenth. */
  readonly stride: number;
  readonly lanes: number;
}

/** Dies after the first effect, after the second … until a run is too short to die. */
export async function crashEverywhere(
  tally: FaultTally,
  scenario: CrashScenario,
  { stride, lanes }: CrashOptions,
): Promise<void> {
  const step = stride * lanes;
  await Promise.all(
    Array.from({ length: lanes }, async (_, index) => {
      const lane = await startLane();
      try {
        await scenario.prepare?.(lane);
        let at = 1 + index * stride;
        while (await crashAt(tally, scenario, lane, at)) at += step;
        await scenario.finish?.(lane, at);
      } finally {
        await lane.stop();
      }
    }),
  );
}

/** False when the run ended before it could be killed. */
async function crashAt(tally: FaultTally, scenario: CrashScenario, lane: Lane, at: number): Promise<boolean> {
  const startedAt = performance.now();
  const killed = await scenario.strike(lane, at);
  const { killedAfter, run } = killed;
  const where = `${scenario.phase}, killed after effect ${at} (${killedAfter})`;
  if (killedAfter === undefined && run.exitCode !== 0)
    tally.wronged(`${scenario.phase} without a kill ended with ${run.exitCode}:\n${run.stderr}`);
  if (killedAfter === undefined && killed.effects < scenario.leastEffects)
    tally.missed(
      `${scenario.phase} has at least ${scenario.leastEffects} effects, ${killed.effects} were counted`,
    );
  try {
    const outcome = await scenario.check(lane, at, killed);
    if (killedAfter !== undefined) {
      tally.crashed();
      tally.cell(scenario.phase, `killed after ${kindOf(killedAfter)}`, outcome);
    }
  } catch (error) {
    tally.wronged(`${where}: ${messageOf(error)}`);
  }
  if (process.env.CAIN_FAULT_VERBOSE)
    console.log(
      `${where}: ${run.seconds} s, ${Math.round(performance.now() - startedAt)} ms in all, ${killed.effects} effects`,
    );
  return killedAfter !== undefined;
}

/** Without pods and keys. */
function kindOf(effect: string): string {
  return effect.replace(/ (?:in \S+|\/.*)$/, '');
}
