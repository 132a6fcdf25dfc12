import { existsSync } from 'node:fs';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** For people: one line of what is going on. */
export type Announce = (line: string) => void;

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const progressEveryMs = 5_000;
const longestWaitMs = 20 * 60_000;

/** Where downloads stay between runs: CAIN_CACHE, else `.cache` in the repository. */
export function cacheDir(): string {
  return process.env.CAIN_CACHE || join(repository, '.cache');
}

export function cachePath(name: string): string {
  return join(cacheDir(), name);
}

export function isCached(name: string): boolean {
  return existsSync(cachePath(name));
}

/**
 * The path of `name` in the cache; made by `make` in a temporary folder and renamed when it is whole.
 * Of several processes that want the same thing one makes it, the others wait for it.
 */
export async function cached(
  name: string,
  { about, make, announce }: { about: string; make: (dir: string) => Promise<void>; announce: Announce },
): Promise<string> {
  const path = cachePath(name);
  if (existsSync(path)) return path;
  await mkdir(cacheDir(), { recursive: true });
  const release = await lock(path, announce);
  try {
    if (existsSync(path)) return path;
    await removeLeftovers(path);
    const partial = await mkdtemp(`${path}.partial-`);
    try {
      await withProgress(about, partial, announce, () => make(partial));
      // A temporary folder is closed to others; a cache may be shared.
      await chmod(partial, 0o755);
      await rename(partial, path);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    return path;
  } finally {
    await release();
  }
}

/** Of makers that were killed; the lock says that none is at work. */
async function removeLeftovers(path: string): Promise<void> {
  const prefix = `${basename(path)}.partial-`;
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(prefix)) await rm(join(dirname(path), name), { recursive: true, force: true });
  }
}

async function withProgress(about: string, dir: string, announce: Announce, work: () => Promise<void>) {
  const startedAt = Date.now();
  const progress = async () => {
    const mib = Math.round((await sizeOf(dir)) / 1024 / 1024);
    return `${about}: ${Math.round((Date.now() - startedAt) / 1000)} s, ${mib} MiB`;
  };
  announce(`${about} (once; kept in ${cacheDir()})`);
  const ticker = setInterval(() => void progress().then(announce), progressEveryMs);
  try {
    await work();
  } finally {
    clearInterval(ticker);
  }
  announce(`${await progress()}, done`);
}

/** Takes the lock file of `path`, waiting for a living holder; its content is the holder's pid. */
async function lock(path: string, announce: Announce): Promise<() => Promise<void>> {
  const file = `${path}.lock`;
  const mine = `${file}.${process.pid}`;
  await writeFile(mine, String(process.pid));
  const limit = Date.now() + longestWaitMs;
  let isToldOf = '';
  try {
    // A link appears with its content at once, so nobody ever reads a lock without a pid.
    while (!(await linked(mine, file))) {
      const holder = await readFile(file, 'utf8').catch(() => '');
      if (holder && !isAlive(Number(holder))) await rm(file, { force: true });
      else if (holder !== isToldOf) announce(`Waiting for process ${holder}, which makes ${basename(path)}`);
      isToldOf = holder;
      if (Date.now() > limit) throw new Error(`Process ${holder} holds ${file} for too long`);
      await new Promise((wake) => setTimeout(wake, 300));
    }
  } finally {
    await rm(mine, { force: true });
  }
  return () => rm(file, { force: true });
}

async function linked(from: string, to: string): Promise<boolean> {
  return await link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Bytes of all files below `dir`; what vanishes meanwhile counts as nothing. */
async function sizeOf(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
