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
  const storeNow = await clocks.storeNow();
  checkClock({ now: clocks.now(), storeNow });
  const newest = knownTags.toSorted().at(-1) ?? '';
  const deadline = performance.now() + longestWaitMs;
  for (;;) {
    const tag = makeTag(clocks.now());
    if (tag > newest) return tag;
    if (performance.now() > deadline) {
      throw aheadError(tag, newest);
    }
    await pause(200, signal);
  }
}

/** Throws CAIN_TAG where our clock is not the store's. */
export function checkClock({ now, storeNow }: { readonly now: Date; readonly storeNow: Date }): void {
  const skewMs = now.getTime() - storeNow.getTime();
  if (Math.abs(skewMs) <= mostClockSkewMs) return;
  throw new CainError(
    'CAIN_TAG',
    `The clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead of' : 'behind'} the store's`,
    {
      hint: "Set the clock of the machine that Cain runs on; a backup's name is its time.",
    },
  );
}

/** Throws CAIN_TAG where the newest tag is of a future that no allowed difference of clocks explains; a nearer one is soon past. */
export function checkNotAhead(newest: string, now: Date): void {
  if (newest > makeTag(new Date(now.getTime() + mostClockSkewMs))) throw aheadError(makeTag(now), newest);
}

function aheadError(tag: string, newest: string): CainError {
  return new CainError('CAIN_TAG', `The time gives tag ${tag}, but tag ${newest} exists already`, {
    hint: 'A clock was ahead when that backup was made. Wait until its time is past, or back up to another CAIN_DST until then.',
  });
}
