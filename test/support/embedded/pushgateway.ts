import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Announce } from './cache.ts';
import { fetchDebianProgram } from './debian-program.ts';
import { freePort } from './free-addresses.ts';
import type { ProcessKeeper } from './process-keeper.ts';
import { untilAnswers } from './until-answers.ts';

/** The Pushgateway of Debian's package; undefined, and said aloud, where it can't be had. */
export async function fetchPushgateway(announce: Announce): Promise<string | undefined> {
  const program = 'prometheus-pushgateway';
  return await fetchDebianProgram(
    { what: 'Pushgateway', debianPackage: program, program, cacheName: 'pushgateway' },
    announce,
  );
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
