/*
 * Wall time: what a zone's clocks show, kept as the instant at which UTC shows the same digits.
 */

const dayMs = 86_400_000;

/** How far a zone's clocks are ahead of UTC at an instant; both in milliseconds. */
export type OffsetAt = (instantMs: number) => number;

export function offsetsOf(timeZone: string): OffsetAt {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instantMs) => {
    const shown = new Map(format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => shown.get(type) ?? Number.NaN;
    const wallMs = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return wallMs - Math.floor(instantMs / 1000) * 1000;
  };
}

/**
 * The instants at which the clocks show a wall time: none when they skip it in spring, two when they go through
 * it twice in autumn. No later wall time comes before `earliestMs`.
 */
export function instantsOf(
  wallMs: number,
  offsetAt: OffsetAt,
): { readonly instantsMs: readonly number[]; readonly earliestMs: number } {
  // No zone is a day from UTC, so these lie on both sides of the instant and of any change near it.
  const offsets = [...new Set([offsetAt(wallMs - dayMs), offsetAt(wallMs + dayMs)])];
  return {
    instantsMs: offsets
      .filter((offset) => offsetAt(wallMs - offset) === offset)
      .map((offset) => wallMs - offset),
    earliestMs: wallMs - Math.max(...offsets),
  };
}

/** A wall time before which nothing lies that the clocks show after `instantMs`. */
export function wallTimeBefore(instantMs: number, offsetAt: OffsetAt): number {
  // Clocks that are put back within the day show once more what they showed before.
  return instantMs + Math.min(offsetAt(instantMs), offsetAt(instantMs + dayMs));
}
