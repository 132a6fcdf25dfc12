import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const chunkBytes = 16 * 1024 * 1024;

/** Size and CRC-32 of a file of any size; Node reads none of 2 GiB at once. */
export function fileCrc32(path: string): { readonly sizeBytes: number; readonly crc32: number } {
  const file = openSync(path, 'r');
  try {
    let sizeBytes = 0;
    let sum = 0;
    let chunk = Buffer.alloc(64 * 1024);
    for (;;) {
      const read = readSync(file, chunk);
      if (read === 0) return { sizeBytes, crc32: sum };
      sum = crc32(chunk.subarray(0, read), sum);
      sizeBytes += read;
      // Most files are small.
      if (sizeBytes === chunk.length) chunk = Buffer.alloc(chunkBytes);
    }
  } finally {
    closeSync(file);
  }
}
