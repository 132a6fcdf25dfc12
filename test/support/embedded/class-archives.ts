import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Announce, cached } from './cache.ts';
import type { Installation } from './installation.ts';
import type { ClassArchive } from './jvm-flags.ts';
import { startProcessKeeper } from './process-keeper.ts';
import { createRing } from './ring.ts';
import { lastLines } from './run-program.ts';

/**
 * The same installation with class archives, made once by a node that is started only for this. They bring a
 * node of 5.0 from 7.5 s to 4.7 s, and nodetool from 1.1 s of CPU to 0.6 s (Java 11 can't make any, so 4.1
 * has one for nodetool only).
 */
export async function withClassArchives(
  installation: Installation,
  announce: Announce,
): Promise<Installation> {
  const dir = await cached(`class-archives-${installation.version}`, {
    about: 'Making archives of the classes that Cassandra and nodetool load',
    announce,
    make: (partial) => runOnce({ ...installation, archives: archivesIn(partial, installation, 'make') }),
  });
  return { ...installation, archives: archivesIn(dir, installation, 'use') };
}

function archivesIn(
  dir: string,
  { line }: Installation,
  verb: ClassArchive['verb'],
): Installation['archives'] {
  const nodetool = { file: join(dir, 'nodetool.jsa'), verb };
  return line === '4.1' ? { nodetool } : { nodetool, server: { file: join(dir, 'server.jsa'), verb } };
}

async function runOnce(installation: Installation): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'cain-classes-'));
  const keeper = startProcessKeeper(dir);
  try {
    const [node] = await createRing({ installation, dir, keeper });
    await node?.start();
    const status = await node?.nodetool('status');
    if (status?.code !== 0)
      throw new Error(`nodetool status failed:\n${lastLines(status?.stderr ?? '', 10)}`);
    await node?.stop();
    await node?.close();
  } finally {
    await keeper.end();
    await rm(dir, { recursive: true, force: true });
  }
}
