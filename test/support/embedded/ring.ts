import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Announce } from './cache.ts';
import { evenToken } from './cassandra-config.ts';
import { createNode, type EmbeddedNode } from './cassandra-node.ts';
import { freePort, freeRing } from './free-addresses.ts';
import type { Installation } from './installation.ts';
import type { NodeSettings } from './node-settings.ts';
import type { ProcessKeeper } from './process-keeper.ts';
import { startSandbox } from './sandbox.ts';
import type { TlsFiles } from './tls-files.ts';

export interface RingOptions {
  /** Default 1. */
  readonly nodes: number;
  /** Default `Test Cluster`, as Cassandra's own: with the blank. */
  readonly clusterName: string;
  /** 1, the default, gives every node an even range; more are vnodes. */
  readonly tokensPerNode: number;
  /** One for each node; default dc1, which tests connect to. */
  readonly dataCenters: readonly string[];
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
  readonly installation: Installation;
  readonly dir: string;
  readonly keeper: ProcessKeeper;
  readonly tls?: TlsFiles | undefined;
}

/** The nodes with their folders and files; none is started. */
export async function createRing(parts: RingParts): Promise<EmbeddedNode[]> {
  const addresses = await freeRing(parts.nodes ?? 1);
  const nodes: EmbeddedNode[] = [];
  for (const index of addresses.keys()) {
    const settings = await nodeSettings(parts, addresses, index);
    await mkdir(settings.dir);
    nodes.push(await createNode(settings, parts.keeper, await startSandbox(parts.keeper)));
  }
  return nodes;
}

/** One after another, the seed first: Cassandra lets only one node join at a time. */
export async function startRing(nodes: readonly EmbeddedNode[], announce: Announce): Promise<void> {
  for (const node of nodes) {
    const startedAt = Date.now();
    await node.start();
    announce(`${node.pod} is ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  }
}

async function nodeSettings(parts: RingParts, ring: readonly string[], index: number): Promise<NodeSettings> {
  const { tokensPerNode = 1, dataDirectories: count = 1 } = parts;
  const pod = `cassandra-${index}`;
  const dir = join(parts.dir, pod);
  const names = count === 1 ? ['data'] : Array.from({ length: count }, (_, each) => `data${each + 1}`);
  return {
    installation: parts.installation,
    pod,
    dir,
    address: ring[index] ?? '',
    seed: ring[0] ?? '',
    jmxPort: await freePort(),
    clusterName: parts.clusterName ?? 'Test Cluster',
    dataDirectories: names.map((name) => join(dir, name)),
    dataCenter: parts.dataCenters?.[index] ?? 'dc1',
    tokens: {
      count: tokensPerNode,
      initial: tokensPerNode === 1 ? evenToken(index, ring.length) : undefined,
    },
    heapMb: parts.heapMb ?? 256,
    cqlPasswords: parts.cqlPasswords ?? false,
    jmxPassword: parts.jmxPassword ?? false,
    tls: parts.tls,
    extraYaml: parts.extraYaml ?? '',
  };
}
