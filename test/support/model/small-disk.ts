import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../embedded/run-program.ts';

/** A file system of its own in memory, as small as a test wants it. */
export interface SmallDisk {
  /** Takes all of its room but for so many bytes. */
  fill(leftBytes?: number): void;
  /** Gives back what `fill` took. */
  free(): void;
  unmount(): Promise<void>;
}

/** undefined where this user may not mount. Before a sandbox starts: its mounts are a copy. */
export async function mountSmallDisk(directory: string, sizeMb: number): Promise<SmallDisk | undefined> {
  const mounted = await runProgram(['mount', '-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', directory]);
  if (mounted.code !== 0) return undefined;
  const ballast = join(directory, 'ballast');
  const free = () => rmSync(ballast, { force: true });
  return {
    fill: (leftBytes = 0) => {
      free();
      const { bavail, bsize } = statfsSync(directory);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)));
    },
    free,
    unmount: async () => void (await runProgram(['umount', '-l', directory])),
  };
}
