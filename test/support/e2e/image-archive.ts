import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runOrFail } from '../embedded/run-program.ts';

/** What an image says of itself, in the words of the OCI image specification. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface Image {
  /** With its tag. */
  readonly name: string;
  /** Paths of uncompressed tar files, the lowest layer first. */
  readonly layers: readonly string[];
  readonly config: ImageConfig;
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Packs a folder as a layer that comes out the same whenever it is packed; everything belongs to root. */
export async function packLayer(dir: string, file: string): Promise<void> {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await runOrFail(['tar', ...same, '-C', dir, '-cf', file, '.']);
}

/** Writes images as one archive of the form of `docker save`, which containerd, Docker and kind read; a layer that several share is in it once. */
export async function writeImageArchive(images: readonly Image[], file: string): Promise<void> {
  const dir = await mkdtemp(join(dirname(file), 'archive-'));
  try {
    const digests = new Map<string, string>();
    for (const layer of new Set(images.flatMap(({ layers }) => layers))) {
      const digest = await sha256(layer);
      digests.set(layer, digest);
      await linkOrCopy(layer, join(dir, `${digest}.tar`));
    }
    const manifest = [];
    for (const { name, layers, config } of images) {
      const ids = layers.map((layer) => digests.get(layer) ?? '');
      const text = JSON.stringify(imageConfig(config, ids));
      const configFile = `${createHash('sha256').update(text).digest('hex')}.json`;
      await writeFile(join(dir, configFile), text);
      manifest.push({ Config: configFile, RepoTags: [name], Layers: ids.map((id) => `${id}.tar`) });
    }
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest));
    await runOrFail(['tar', '-C', dir, '-cf', file, '.']);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A link costs nothing, but no link leads from one file system to another. */
async function linkOrCopy(file: string, target: string): Promise<void> {
  try {
    await link(file, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyFile(file, target);
  }
}

function imageConfig(config: ImageConfig, layers: readonly string[]): unknown {
  const created = '1970-01-01T00:00:00Z';
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created,
    config: { ...config, Env: [path, ...(config.Env ?? [])], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: layers.map((id) => `sha256:${id}`) },
    history: layers.map(() => ({ created })),
  };
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
