import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expiredRecordOf } from '../../src/retention/expire.ts';
import { type InventoryLine, inventoryRecord } from '../../src/store/inventory.ts';
import { writeJsonLines } from '../../src/store/json-lines.ts';
import {
  checkpointKey,
  dataKey,
  differentialMarkKey,
  expiredKey,
  inventoryKey,
  manifestKey,
  runKey,
  schemaKey,
  schemaTextKey,
  topologyKey,
} from '../../src/store/layout.ts';
import {
  type CoverageLevel,
  type Manifest,
  type ManifestNode,
  manifestBytes,
  manifestFormat,
  type RecordReference,
} from '../../src/store/manifest.ts';
import { recordBytes } from '../../src/store/run-record.ts';
import { makeTag } from '../../src/store/tag.ts';
import { type MemoryStore, type MemoryStoreOptions, openMemoryStore } from './memory-store.ts';

export const hourMs = 3600_000;
export const dayMs = 24 * hourMs;

/** Every file of these histories lies in this keyspace and table. */
const keyspace = 'shop';
const table = 'orders';

export interface RunSpec {
  readonly plan?: string;
  readonly sum?: string;
  readonly coverage?: CoverageLevel;
  /** Pod → files: `a` is uploaded, `a@20250101000000` is reused from that tag. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  /** Pods whose files were uploaded although the manifest does not name them. */
  readonly absent?: readonly string[];
  readonly completeTags?: readonly string[];
  /** The run record and its checkpoints stay, as after a crash right behind the commit. */
  readonly leavesRunRecord?: boolean;
}

/** A bucket and the backups that were made in it, one after another, by a clock that only the test moves. */
export interface History {
  readonly store: MemoryStore;
  readonly now: () => Date;
  readonly manifests: ReadonlyMap<string, Manifest>;
  wait(ms: number): void;
  /** A run that died before its commit. Resolves to its tag. */
  crash(spec: RunSpec): Promise<string>;
  /** Commits a run that had only begun; throws CAIN_STORE_EXISTS where it was fenced. */
  commit(tag: string, spec: RunSpec): Promise<void>;
  /** A committed backup. Resolves to its tag. */
  backup(spec: RunSpec): Promise<string>;
  expire(tag: string): Promise<void>;
  /** Keys in order; `.cain/` ones only when asked for by prefix. */
  keys(prefix?: string): readonly string[];
  has(key: string): boolean;
}

export function startHistory(options: Omit<MemoryStoreOptions, 'now'> = {}): History {
  let time = new Date('2025-01-01T02:00:00Z');
  const now = () => time;
  const store = openMemoryStore({ ...options, now });
  const manifests = new Map<string, Manifest>();
  const sums = new Map<string, string>();
  const expired = new Set<string>();

  async function begin(spec: RunSpec): Promise<string> {
    const tag = makeTag(time);
    const sum = spec.sum ?? 'aaaaaa';
    sums.set(tag, sum);
    const pods = Object.keys(spec.nodes);
    await store.put(
      runKey(tag),
      recordBytes({
        format: 1,
        tag,
        plan: spec.plan ?? 'default',
        startedAt: time.toISOString(),
        keyspaces: [{ name: keyspace, sum }],
        nodes: pods.map((pod) => ({ pod, hostId: `host of ${pod}` })),
      }),
    );
    await store.put(schemaTextKey(keyspace, sum), Buffer.from(`CREATE KEYSPACE ${keyspace}`));
    await store.put(differentialMarkKey({ keyspace, sum, tag }), Buffer.from('{}'));
    for (const [pod, files] of Object.entries(spec.nodes)) {
      for (const file of files.filter((name) => !name.includes('@'))) {
        await store.put(objectKey({ tag, pod, file, sum }), Buffer.from(`${tag} ${pod} ${file}`));
      }
      const lines = linesOf(store, tag, pod, files, sums).map(inventoryRecord);
      await writeJsonLines(store, checkpointKey(tag, pod, 1), lines, { ifNoneMatch: '*' });
    }
    return tag;
  }

  async function commit(tag: string, spec: RunSpec): Promise<void> {
    const sum = spec.sum ?? 'aaaaaa';
    const nodes: ManifestNode[] = [];
    for (const [pod, files] of Object.entries(spec.nodes)) {
      if (!spec.absent?.includes(pod)) nodes.push(await putInventory(store, tag, pod, files, sums));
    }
    const isFull = !Object.values(spec.nodes)
      .flat()
      .some((file) => file.includes('@'));
    const manifest: Manifest = {
      format: manifestFormat,
      tag,
      plan: spec.plan ?? 'default',
      startedAt: time.toISOString(),
      committedAt: time.toISOString(),
      toolVersion: '1.0.0',
      cassandraVersions: ['5.0.9'],
      namespace: 'databases',
      clusterName: 'Test Cluster',
      partitioner: 'Murmur3Partitioner',
      mode: isFull ? 'full' : 'differential',
      skewMs: 12,
      coverage: spec.coverage ?? 'whole',
      keyspaces: [
        {
          name: keyspace,
          sum,
          replication: { class: 'SimpleStrategy', replication_factor: '1' },
          tables: [{ name: table, id: '1b255f4d-ef25-40a6-0000-000000000001', kind: 'table' }],
        },
      ],
      nodes,
      topology: await putRecord(store, topologyKey(tag), gzipSync('{"format":1,"nodes":[]}')),
      schema: await putRecord(store, schemaKey(tag), gzipSync('')),
      completeTags: spec.completeTags ?? [...manifests.keys()].filter((known) => !expired.has(known)),
    };
    await store.put(manifestKey(tag), manifestBytes(manifest), { ifNoneMatch: '*' });
    manifests.set(tag, manifest);
    if (spec.leavesRunRecord) return;
    if (isFull) await store.delete([differentialMarkKey({ keyspace, sum, tag })]);
    await store.delete([...store.objects.keys()].filter((key) => key.startsWith(`.cain/runs/${tag}/`)));
    await store.delete([runKey(tag)]);
  }

  return {
    store,
    now,
    manifests,
    wait(ms) {
      time = new Date(time.getTime() + ms);
    },
    crash: begin,
    commit,
    async backup(spec) {
      const tag = await begin(spec);
      await commit(tag, spec);
      return tag;
    },
    async expire(tag) {
      const manifest = manifests.get(tag);
      if (!manifest) throw new Error(`No backup ${tag} was made`);
      await store.put(expiredKey(tag), recordBytes(expiredRecordOf(manifest)), { ifNoneMatch: '*' });
      await store.delete([manifestKey(tag)]);
      expired.add(tag);
    },
    keys(prefix) {
      const all = [...store.objects.keys()].toSorted();
      return all.filter((key) => (prefix === undefined ? !key.startsWith('.cain/') : key.startsWith(prefix)));
    },
    has: (key) => store.objects.has(key),
  };
}

/** The key under which a file of these histories is stored. */
export function objectKey({
  tag,
  pod = 'pod-0',
  file,
  sum = 'aaaaaa',
}: {
  tag: string;
  pod?: string;
  file: string;
  sum?: string;
}): string {
  return dataKey({ keyspace, sum, tag, pod, table, file });
}

export function markKey(tag: string, sum = 'aaaaaa'): string {
  return differentialMarkKey({ keyspace, sum, tag });
}

/** As they lie in the bucket now; an object that is gone is named all the same. */
function linesOf(
  store: MemoryStore,
  tag: string,
  pod: string,
  files: readonly string[],
  sums: ReadonlyMap<string, string>,
): readonly InventoryLine[] {
  return files.map((name) => {
    const [file = '', holder = tag] = name.split('@');
    const key = objectKey({ tag: holder, pod, file, sum: sums.get(holder) ?? '' });
    const { bytes, crc32 = 7, etag = '"e"' } = store.objects.get(key) ?? {};
    return {
      keyspace,
      table,
      tableId: '1b255f4def2540a60000000000000001',
      dataDirectory: '/var/lib/cassandra/data',
      file,
      sizeBytes: bytes?.length ?? 1,
      mtime: '1735696800.000000000',
      inode: '42',
      crc32,
      object: { key, etag },
    };
  });
}

async function putInventory(
  store: MemoryStore,
  tag: string,
  pod: string,
  files: readonly string[],
  sums: ReadonlyMap<string, string>,
): Promise<ManifestNode> {
  const lines = linesOf(store, tag, pod, files, sums);
  const { key, sha256, sizeBytes } = await writeJsonLines(
    store,
    inventoryKey(tag, pod),
    lines.map(inventoryRecord),
    { ifNoneMatch: '*' },
  );
  return {
    pod,
    hostId: `host of ${pod}`,
    inventory: { key, sha256, sizeBytes },
    files: files.length,
    bytes: lines.reduce((sum, line) => sum + line.sizeBytes, 0),
    uploadedBytes: lines
      .filter((_, index) => !files[index]?.includes('@'))
      .reduce((sum, line) => sum + line.sizeBytes, 0),
  };
}

async function putRecord(store: MemoryStore, key: string, bytes: Buffer): Promise<RecordReference> {
  await store.put(key, bytes);
  return { key, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
}
