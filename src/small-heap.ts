import { setFlagsFromString } from 'node:v8';

/**
 * V8 lets the heap grow to three or four times what lives in it before it looks for garbage, and planning a node makes much. A
 * backup shares its machine with a database: with 30 % instead, planning 100,000 files peaks at 183 MiB in place of
 * 315, for a fifth more processor time in planning and none in a direct transfer. Called before anything is allocated.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
}

let streams = 0;

/**
 * While bytes come and go through exec streams: each frame lies outside of V8's heap and counts as growth of it, so that
 * with 30 % it looks for garbage after every 13 MB. With 200 % a backup of 1 GB by exec takes 4.1 CPU seconds in place of
 * 6.6 and peaks at 204 MiB in place of 185; a restore takes 10.7 in place of 18.1, and no more memory.
 */
export async function withHeapForStreams<T>(work: () => Promise<T>): Promise<T> {
  if (streams++ === 0) setFlagsFromString('--heap-growing-percent=200');
  try {
    return await work();
  } finally {
    if (--streams === 0) keepHeapSmall();
  }
}
