import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Announce, cached } from './cache.ts';
import { runOrFail } from './run-program.ts';
import { findProgram } from './toolchain.ts';

export interface DebianProgram {
  /** For people: "Pushgateway". */
  readonly what: string;
  readonly debianPackage: string;
  /** Below /usr/bin; several packages have more than one. */
  readonly program: string;
  /** The folder in the cache. */
  readonly cacheName: string;
}

/** A program of a Debian package that is unpacked, not installed; undefined, and said aloud, where it can't be had. */
export async function fetchDebianProgram(
  { what, debianPackage, program, cacheName }: DebianProgram,
  announce: Announce,
): Promise<string | undefined> {
  if (!findProgram('apt-get') || !findProgram('dpkg')) {
    announce(`No ${what}: it comes as a Debian package, and this machine has no apt-get`);
    return undefined;
  }
  try {
    const about = `Fetching the ${what} from Debian`;
    const dir = await cached(cacheName, { about, make: (to) => unpack(debianPackage, to), announce });
    return join(dir, 'usr/bin', program);
  } catch (error) {
    announce(`No ${what}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function unpack(debianPackage: string, dir: string): Promise<void> {
  const download = (...options: string[]) =>
    runOrFail(['apt-get', '--quiet', ...options, 'download', debianPackage], { cwd: dir });
  await download().catch(async () => {
    // The machine's package lists are missing or old. Fresh ones of our own need no root.
    for (const name of ['lists/partial', 'cache/archives/partial'])
      await mkdir(join(dir, name), { recursive: true });
    const own = ['-o', `Dir::State::Lists=${dir}/lists`, '-o', `Dir::Cache=${dir}/cache`];
    await runOrFail(['apt-get', '--quiet', ...own, 'update'], { cwd: dir });
    await download(...own);
  });
  await runOrFail(['sh', '-c', 'dpkg -x ./*.deb . && rm -rf ./*.deb lists cache'], { cwd: dir });
}
