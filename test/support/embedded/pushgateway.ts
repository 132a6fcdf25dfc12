import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Announce, cached } from './cache.ts';
import { freePort } from './free-addresses.ts';
import type { ProcessKeeper } from './process-keeper.ts';
import { runOrFail } from './run-program.ts';
import { findProgram } from './toolchain.ts';
import { untilAnswers } from './until-answers.ts';

const debianPackage = 'prometheus-pushgateway';

/** The Pushgateway of Debian's package; undefined, and said aloud, where it can't be had. */
export async function fetchPushgateway(announce: Announce): Promise<string | undefined> {
  if (!findProgram('apt-get') || !findProgram('dpkg')) {
    announce('No Pushgateway: it comes as a Debian package, and this machine has no apt-get');
    return undefined;
  }
  try {
    const about = 'Fetching the Pushgateway from Debian';
    const dir = await cached('pushgateway', { about, make: unpack, announce });
    return join(dir, 'usr/bin', debianPackage);
  } catch (error) {
    announce(`No Pushgateway: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function unpack(dir: string): Promise<void> {
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

/** An empty Pushgateway that keeps its metrics in `dir`. */
export async function startPushgateway(
  binary: string,
  dir: string,
  keeper: ProcessKeeper,
): Promise<{ url: string }> {
  const port = await freePort();
  const file = join(dir, 'pushgateway.data');
  await rm(file, { force: true });
  const options = [`--web.listen-address=127.0.0.1:${port}`, `--persistence.file=${file}`];
  const server = keeper.start([binary, ...options], { cwd: dir, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/-/ready`, server, 'The Pushgateway');
  return { url };
}
