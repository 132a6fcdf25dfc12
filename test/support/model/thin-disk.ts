import { statfsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOrFail, runProgram } from '../embedded/run-program.ts';
import { findProgram } from '../embedded/toolchain.ts';

/** A file system that compresses: files of mostly zeros take next to no room, also where a server has copied them. */
export interface ThinDisk {
  readonly directory: string;
  unmount(): Promise<void>;
}

const sizeBytes = 400e9;

/**
 * undefined where this machine has no btrfs, no right to mount it, or not so many free bytes: what a server has reserved
 * room for is not compressed.
 */
export async function mountThinDisk(neededBytes: number): Promise<ThinDisk | undefined> {
  const { bavail, bsize } = statfsSync(tmpdir());
  if (bavail * bsize < neededBytes || !findProgram('mkfs.btrfs')) return undefined;
  const dir = await mkdtemp(join(tmpdir(), 'cain-thin-'));
  const [image, directory] = [join(dir, 'image'), join(dir, 'disk')];
  const file = await open(image, 'w');
  await file.truncate(sizeBytes);
  await file.close();
  await runOrFail(['mkfs.btrfs', '--quiet', image]);
  await runOrFail(['mkdir', directory]);
  const mounted = await runProgram(['mount', '-o', 'loop,compress-force=zstd:1', image, directory]);
  if (mounted.code !== 0) {
    await rm(dir, { recursive: true });
    return undefined;
  }
  return {
    directory,
    async unmount() {
      await runOrFail(['umount', directory]);
      await rm(dir, { recursive: true });
    },
  };
}
