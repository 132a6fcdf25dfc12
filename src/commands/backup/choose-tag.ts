import { CainError } from '../../errors.ts';
import { makeTag } from '../../store/tag.ts';
import { pause } from '../../time-limit.ts';

/** Tags sort by time and lifecycle rules go by the store's clock: a clock further off than this would lie in both. */
const mostClockSkewMs = 5 * 60_000;
/** Two runs within one second wait for the next one; a tag further ahead means that a clock was wrong. */
const longestWaitMs = 3_000;

export interface TagClocks {
  now(): Date;
  /** The store's own time. */
  storeNow(): Promise<Date>;
}

/** A tag later than all known ones, by a clock that the store's confirms. Throws CAIN_TAG. */
export async function chooseTag(
  knownTags: readonly string[],
  clocks: TagClocks,
  signal: AbortSignal,
): Promise<string> {
  const skewMs = clocks.now().getTime() - (await clocks.storeNow()).getTime();
  if (Math.abs(skewMs) > mostClockSkewMs) {
    throw new CainError(
      'CAIN_TAG',
      `The clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead of' : 'behind'} the store's`,
      {
        hint: "Set the clock of the machine that Cain runs on; a backup's name is its time.",
      },
    );
  }
  const newest = knownTags.toSorted().at(-1) ?? '';
  const deadline = performance.now() + longestWaitMs;
  for (;;) {
    const tag = makeTag(clocks.now());
    if (tag > newest) return tag;
    if (performance.now() > deadline) {
      throw new CainError('CAIN_TAG', `The time gives tag ${tag}, but tag ${newest} exists already`, {
        hint: 'A clock was ahead when that backup was made. Wait until its time is past, or expire it.',
      });
    }
    await pause(200, signal);
  }
}
