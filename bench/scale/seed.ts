import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { forEachLimited } from '../../src/concurrency.ts';
import { inventoryRecord } from '../../src/store/inventory.ts';
import { writeJsonLines } from '../../src/store/json-lines.ts';
import {
  inventoryKey,
  manifestKey,
  ownerKey,
  schemaKey,
  schemaTextKey,
  topologyKey,
} from '../../src/store/layout.ts';
import {
  type Manifest,
  type ManifestNode,
  manifestBytes,
  manifestFormat,
  type RecordReference,
} from '../../src/store/manifest.ts';
import { recordBytes } from '../../src/store/run-record.ts';
import type { Store } from '../../src/store/store.ts';
import { makeTag } from '../../src/store/tag.ts';
import { ownerId } from './step-input.ts';
import {
  fileNumbers,
  hostId,
  inventoryLine,
  keyspace,
  objectNumbers,
  podName,
  type SyntheticCluster,
  type SyntheticTag,
  sum,
  table,
  tags,
} from './synthetic.ts';
import { dashedTableId, ringOf } from './synthetic-state.ts';

const nodesAtOnce = 4;

/** The records of the two backups that the formula knows, as `cain backup` would have left them. */
export async function seed(store: Store, cluster: SyntheticCluster): Promise<void> {
  const hostIds = Array.from({ length: cluster.nodes }, (_, node) => hostId(node));
  await store.put(ownerKey, recordBytes({ format: 1, id: ownerId, hostIds }));
  await store.put(schemaTextKey(keyspace, sum), Buffer.from(`CREATE KEYSPACE ${keyspace};\n`));
  for (const tag of tags) {
    const nodes: ManifestNode[] = [];
    await forEachLimited([...hostIds.keys()], nodesAtOnce, async (node) => {
      nodes.push(await seedNode(store, cluster, tag, node));
    });
    nodes.sort((a, b) => (a.pod < b.pod ? -1 : 1));
    const topology = await putRecord(
      store,
      topologyKey(tag),
      gzipSync(JSON.stringify({ format: 1, nodes: ringOf(cluster) })),
    );
    const schema = await putRecord(store, schemaKey(tag), gzipSync(''));
    const completeTags = tags.filter((earlier) => earlier < tag);
    await store.put(
      manifestKey(tag),
      manifestBytes(manifestOf({ tag, nodes, topology, schema, completeTags })),
    );
  }
}

/** So many small backups, whose manifests alone are there: all that a list reads. */
export async function seedList(
  store: Store,
  { nodes: count }: SyntheticCluster,
  backups: number,
): Promise<void> {
  const referTo = (key: string): RecordReference => ({ key, sha256: 'f'.repeat(64), sizeBytes: 1000 });
  const all = Array.from({ length: backups }, (_, index) => makeTag(new Date(Date.UTC(2024, 0, 1 + index))));
  await forEachLimited(all, nodesAtOnce, async (tag) => {
    const nodes = Array.from({ length: count }, (_, node) => ({
      pod: podName(node),
      hostId: hostId(node),
      inventory: referTo(inventoryKey(tag, podName(node))),
      files: 5_000,
      bytes: 1e12,
      uploadedBytes: 1e10,
    }));
    const completeTags = all.filter((earlier) => earlier < tag);
    const manifest = manifestOf({
      tag,
      nodes,
      topology: referTo(topologyKey(tag)),
      schema: referTo(schemaKey(tag)),
      completeTags,
    });
    await store.put(manifestKey(tag), manifestBytes(manifest));
  });
}

async function seedNode(
  store: Store,
  cluster: SyntheticCluster,
  tag: SyntheticTag,
  node: number,
): Promise<ManifestNode> {
  const [from, to] = fileNumbers(cluster, tag);
  let bytes = 0;
  function* lines(): Iterable<object> {
    for (let number = from; number < to; number++) {
      const line = inventoryLine(cluster, node, number);
      bytes += line.sizeBytes;
      yield inventoryRecord(line);
    }
  }
  const key = inventoryKey(tag, podName(node));
  const { sha256, sizeBytes, lines: files } = await writeJsonLines(store, key, lines(), { ifNoneMatch: '*' });
  const [firstNew, end] = objectNumbers(cluster, tag);
  const uploadedBytes = Math.round(bytes * ((end - firstNew) / files));
  return {
    pod: podName(node),
    hostId: hostId(node),
    inventory: { key, sha256, sizeBytes },
    files,
    bytes,
    uploadedBytes,
  };
}

function manifestOf(
  parts: Pick<Manifest, 'tag' | 'nodes' | 'topology' | 'schema' | 'completeTags'>,
): Manifest {
  const time = parts.tag.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6.000Z');
  return {
    format: manifestFormat,
    plan: 'default',
    startedAt: time,
    committedAt: time,
    toolVersion: '1.0.0',
    cassandraVersions: ['5.0.9'],
    namespace: 'databases',
    clusterName: 'scale',
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    mode: 'differential',
    skewMs: 12,
    coverage: 'whole',
    keyspaces: [
      { name: keyspace, sum, replication: {}, tables: [{ name: table, id: dashedTableId, kind: 'table' }] },
    ],
    ...parts,
  };
}

async function putRecord(store: Store, key: string, bytes: Buffer): Promise<RecordReference> {
  await store.put(key, bytes);
  return { key, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
}
