import { statfs } from 'node:fs/promises';
import type { BenchOptions } from './options.ts';

/** Programs, commit log, the small set and its objects. */
const fixedBytes = 4e9;
/**
 * Of the large set beside what each tool stores of it: the set itself, what a restore stages and what it replaces, and
 * the round before of one tool, which goes only once the next has been measured.
 */
const copiesBesideTools = 4;
/** Of the disk, without which Cain's preflight refuses (CAIN_MIN_FREE). */
const keptShare = 0.1;

/** Pure: what the benchmark needs at its peak. */
export function neededBytes({ largeBytes, tools }: Pick<BenchOptions, 'largeBytes' | 'tools'>): number {
  return fixedBytes + largeBytes * (tools.length + copiesBesideTools);
}

/** Refuses what would fill the disk an hour later. */
export async function refuseWithoutSpace(options: BenchOptions, directory: string): Promise<void> {
  const { bavail, blocks, bsize } = await statfs(directory);
  const refusal = spaceRefusal(options, Math.max(0, bavail - blocks * keptShare) * bsize);
  if (refusal !== undefined) throw new Error(`${refusal} (${directory})`);
}

/** Pure: why this does not fit, and what would; undefined when it does. */
export function spaceRefusal(
  options: Pick<BenchOptions, 'largeBytes' | 'tools'>,
  usableBytes: number,
): string | undefined {
  const needed = neededBytes(options);
  if (usableBytes >= needed) return undefined;
  const perByte = options.tools.length + copiesBesideTools;
  const fitting = Math.floor((usableBytes - fixedBytes) / perByte / 1e6);
  const advice =
    fitting > 0
      ? `CAIN_BENCH_LARGE_MB=${fitting} fits, or fewer CAIN_BENCH_TOOLS`
      : 'it takes more room, or TMPDIR on another disk';
  return `A large set of ${options.largeBytes / 1e6} MB needs ${gigabytes(needed)} GB of disk at its peak, and ${gigabytes(usableBytes)} GB are free beside the tenth of it that a backup leaves: ${advice}`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
