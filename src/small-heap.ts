import { setFlagsFromString } from 'node:v8';

/**
 * V8 lets the heap grow to three or four times what lives in it before it looks for garbage, and planning a node makes much. A
 * backup shares its machine with a database: with 30 % instead, planning 100,000 files peaks at 183 MiB in place of
 * 315, for a fifth more processor time in planning and none in the transfer. Called before anything is allocated.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
}
