import { crc32 } from 'node:zlib';
import type { Sample } from '../../settings/sample.ts';

/** The objects that a run asks for one by one: those whose key falls into this part of `of` parts, from 1. */
export interface Slice {
  readonly part: number;
  readonly of: number;
}

const dayMs = 86_400_000;

/**
 * Pure. A part that was named is taken as it is. A share is taken as another part every day, so that as many runs as
 * there are parts cover everything; the number of parts is never a multiple of 7, or a weekly run would meet one part again and again.
 */
export function sliceOf(sample: Sample | undefined, now: Date): Slice | undefined {
  if (!sample) return undefined;
  if (sample.kind === 'part') return sample;
  const wanted = Math.max(1, Math.floor(100 / sample.percent));
  const of = wanted % 7 === 0 ? wanted - 1 : wanted;
  return { part: (Math.floor(now.getTime() / dayMs) % of) + 1, of };
}

/** undefined = everything. */
export function isInSlice(key: string, slice: Slice | undefined): boolean {
  return slice === undefined || crc32(key) % slice.of === slice.part - 1;
}
