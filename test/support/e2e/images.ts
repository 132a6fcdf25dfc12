import { chmod, cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Announce, cachePath } from '../embedded/cache.ts';
import { cassandraReleases } from '../embedded/downloads.ts';
import { runOrFail } from '../embedded/run-program.ts';
import { imageEnv } from '../image-env.ts';
import { writeCassandraFiles } from './cassandra-files.ts';
import { type Image, packLayer, writeImageArchive } from './image-archive.ts';
import { type Layers, prepareLayers } from './layers.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** With a host, as containerd knows them; no registry is behind it. */
export const imageNames = {
  cain: 'localhost/cain:e2e',
  /** Exec enters as root, Cassandra runs as 999: the official image. */
  cassandra: 'localhost/cassandra:e2e',
  /** Both are 1001: bitnami's. */
  cassandra1001: 'localhost/cassandra-1001:e2e',
  services: 'localhost/services:e2e',
  pause: 'localhost/pause:e2e',
} as const;

/** Makes the images of the suite, ours from the sources as they are now, as one archive in `dir`. */
export async function buildImages(kubernetes: string, dir: string, announce: Announce): Promise<string> {
  const layers = await prepareLayers(kubernetes, announce);
  const scripts = await packNew(dir, 'cassandra', async (root) =>
    writeCassandraFiles(root, await findJamm()),
  );
  const cain = await packCain(dir);
  const archive = join(dir, 'images.tar');
  await writeImageArchive(images(layers, scripts, cain), archive);
  return archive;
}

function images(layers: Layers, scripts: string, cain: string): Image[] {
  const cassandra = {
    layers: [layers.debian, layers.java, layers.cassandra, scripts],
    config: { Entrypoint: ['docker-entrypoint.sh'] },
  };
  return [
    { name: imageNames.cassandra, ...cassandra },
    { ...cassandra, name: imageNames.cassandra1001, config: { ...cassandra.config, User: '1001:1001' } },
    { name: imageNames.services, layers: [layers.debian, layers.services], config: {} },
    { name: imageNames.pause, layers: [layers.pause], config: { Entrypoint: ['/pause'] } },
    {
      name: imageNames.cain,
      layers: [layers.debian, layers.node, cain],
      config: {
        Entrypoint: ['cain'],
        User: '1001:1001',
        Env: Object.entries(imageEnv()).map((entry) => entry.join('=')),
      },
    },
  ];
}

/** Our layer, from the sources as they are now, as a file in `dir`. */
export function packCain(dir: string): Promise<string> {
  return packNew(dir, 'cain', installCain);
}

/** The steps of the Dockerfile. */
async function installCain(root: string): Promise<void> {
  await runOrFail([process.execPath, join(repository, 'scripts/build.mjs')], { cwd: repository });
  await mkdir(join(root, 'opt'), { recursive: true });
  await cp(join(repository, 'dist'), join(root, 'opt/cain'), { recursive: true });
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  await symlink('/opt/cain/cain.js', join(root, 'usr/local/bin/cain'));
}

async function packNew(dir: string, name: string, fill: (root: string) => Promise<void>): Promise<string> {
  const root = join(dir, `${name}-root`);
  await mkdir(root);
  await chmod(root, 0o755);
  await fill(root);
  await packLayer(root, join(dir, `${name}.tar`));
  return join(dir, `${name}.tar`);
}

async function findJamm(): Promise<string> {
  const jars = await readdir(join(cachePath(`cassandra-${cassandraReleases['5.0']}`), 'lib'));
  const jamm = jars.find((name) => name.startsWith('jamm-'));
  if (!jamm) throw new Error("Cassandra's jars lack jamm");
  return jamm;
}
