import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Announce, cached, cachePath } from './cache.ts';
import { evenToken, type NodeConfig } from './cassandra-config.ts';
import { createNode, type EmbeddedNode } from './cassandra-node.ts';
import {
  type CassandraLine,
  cassandraReleases,
  fetchCassandra,
  fetchCqlsh,
  fetchJava11,
} from './downloads.ts';
import { freePort, freeRing } from './free-addresses.ts';
import type { ProcessKeeper } from './process-keeper.ts';
import { lastLines } from './run-program.ts';
import { startSandbox } from './sandbox.ts';
import type { Toolchain } from './toolchain.ts';

export interface RingOptions {
  /** Default 1. */
  readonly nodes: number;
  readonly clusterName: string;
  /** 1, the default, gives every node an even range; more are vnodes. */
  readonly tokensPerNode: number;
  /** Of each node; default 1. */
  readonly dataDirectories: number;
  /** CQL asks for a login: cassandra/cassandra. */
  readonly cqlPasswords: boolean;
  /** JMX asks for the login `jmxLogin`. */
  readonly jmxPassword: boolean;
  /** Default 256. */
  readonly heapMb: number;
  /** Appended to cassandra.yaml. */
  readonly extraYaml: string;
}

export interface RingParts extends Partial<RingOptions> {
  readonly clusterName: string;
  readonly cassandra: CassandraLine;
  readonly dir: string;
  readonly keeper: ProcessKeeper;
  readonly tools: Toolchain;
  readonly announce: Announce;
}

/** The nodes with their folders and files; none is started. */
export async function createRing(parts: RingParts): Promise<EmbeddedNode[]> {
  const { cassandra, tools, announce, keeper, nodes: size = 1, jmxPassword = false } = parts;
  const jars = await fetchCassandra(cassandra, tools, announce);
  const cqlsh = await fetchCqlsh(tools, announce);
  const java = cassandra === '4.1' ? await fetchJava11(tools, announce) : tools.java17;
  const jamm = join(jars, (await readdir(jars)).find((name) => name.startsWith('jamm-')) ?? '');
  const addresses = await freeRing(size);
  const nodes: EmbeddedNode[] = [];
  for (const [index, address] of addresses.entries()) {
    const pod = `cassandra-${index}`;
    const dir = join(parts.dir, pod);
    await mkdir(dir);
    const config = configOf(parts, { index, size, dir, address, seed: addresses[0] ?? address });
    const jmxPort = await freePort();
    const classArchive = classArchiveOf(cassandra);
    nodes.push(
      await createNode({
        pod,
        java,
        jars,
        config,
        server: { line: cassandra, dir, jamm, heapMb: parts.heapMb ?? 256, jmxPort, address, jmxPassword },
        tools: {
          java17: tools.java17,
          jars,
          nodeDir: dir,
          jmxPort,
          address,
          classArchive,
          python3: tools.python3,
          cqlsh,
        },
        sandbox: await startSandbox(keeper),
        keeper,
      }),
    );
  }
  return nodes;
}

/** One after another, the seed first: Cassandra lets only one node join at a time. */
export async function startRing(nodes: readonly EmbeddedNode[], line: CassandraLine, announce: Announce) {
  for (const node of nodes) {
    const startedAt = Date.now();
    await node.start();
    announce(`${node.pod} is ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  }
  const [first] = nodes;
  if (first) await makeClassArchive(first, line, announce);
}

function configOf(
  parts: RingParts,
  { index, size, ...place }: { index: number; size: number; dir: string; address: string; seed: string },
): NodeConfig {
  const { tokensPerNode = 1, dataDirectories = 1 } = parts;
  const names =
    dataDirectories === 1 ? ['data'] : Array.from({ length: dataDirectories }, (_, i) => `data${i + 1}`);
  const initial = tokensPerNode === 1 ? evenToken(index, size) : undefined;
  return {
    ...place,
    clusterName: parts.clusterName,
    dataDirectories: names.map((name) => join(place.dir, name)),
    tokens: { count: tokensPerNode, initial },
    cqlPasswords: parts.cqlPasswords ?? false,
    extraYaml: parts.extraYaml ?? '',
  };
}

const archiveName = (line: CassandraLine) => `nodetool-${cassandraReleases[line]}`;
const classArchiveOf = (line: CassandraLine) => join(cachePath(archiveName(line)), 'classes.jsa');

/** Once: what nodetool loads, in the form that Java maps rather than reads. A start costs half of the CPU then. */
async function makeClassArchive(node: EmbeddedNode, line: CassandraLine, announce: Announce): Promise<void> {
  await cached(archiveName(line), {
    about: "Making the archive of nodetool's classes",
    announce,
    make: async (dir) => {
      const result = await node.nodetoolWith({ CAIN_CDS: join(dir, 'made.jsa') }, 'status');
      if (result.code !== 0) throw new Error(`nodetool status failed:\n${lastLines(result.stderr, 10)}`);
      await rename(join(dir, 'made.jsa'), join(dir, 'classes.jsa'));
    },
  });
}
