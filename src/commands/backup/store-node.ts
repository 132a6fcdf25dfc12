import { snapshotName } from '../../cassandra/snapshot.ts';
import { listSnapshot, type SnapshotListing } from '../../cassandra/snapshot-listing.ts';
import { parseComponent } from '../../cassandra/sstable.ts';
import { CainError } from '../../errors.ts';
import { type InventoryLine, inventoryRecord, type SnapshotFile } from '../../store/inventory.ts';
import { writeJsonLines } from '../../store/json-lines.ts';
import { dataKey, inventoryKey } from '../../store/layout.ts';
import type { ManifestNode } from '../../store/manifest.ts';
import type { PartPool } from '../../transfer/part-pool.ts';
import { uploadFiles } from '../../transfer/upload.ts';
import type { TransferItem } from '../../transfer/upload-options.ts';
import { agentConfigOf } from '../agent-config.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import type { BackupRun } from './backup-run.ts';
import { checkSnapshot } from './check-snapshot.ts';
import { createCheckpoints } from './checkpoints.ts';
import { nothingReusable, type Reusable, readReusable } from './reuse.ts';
import type { ReuseSources } from './reuse-records.ts';
import { tableKey } from './table-key.ts';
import type { ClusterState } from './take-snapshots.ts';

/** A run may be that long; the deadline of the Job ends it sooner. */
const transferLimitMs = 48 * 3600_000;

export interface NodeStorage {
  readonly run: BackupRun;
  readonly state: ClusterState;
  readonly pool: PartPool;
  /** undefined = reuse nothing. */
  readonly reuse: ReuseSources | undefined;
  /** Full backups hold the snapshots' own manifest.json and schema.cql too. */
  readonly isFull: boolean;
  readonly signal: AbortSignal;
}

export interface StoredNode {
  readonly node: ManifestNode;
  readonly reusedFiles: number;
  readonly reusedBytes: number;
  readonly uploadedFiles: number;
  /** SSTables in the snapshot. */
  readonly sstables: number;
  readonly hasLiveData: boolean;
  readonly schemaTexts: ReadonlyMap<string, string>;
}

/** Steps 6 and 7 for one node: its snapshot listed and checked, unchanged files recognised, the others stored, its inventory written. */
export async function storeNode(storage: NodeStorage, node: SurveyedNode): Promise<StoredNode> {
  const { run, state, signal } = storage;
  const { pod, dataDirectories } = node;
  const listing = await listSnapshot(run.access.tools, pod, { tag: run.tag, dataDirectories }, signal);
  checkSnapshot(pod.name, listing, state.keyspaces);
  const earlier = await reusableFor(storage, node, listing);

  const lines: InventoryLine[] = [];
  const items: TransferItem[] = [];
  for (const file of filesOf(listing, storage.isFull)) {
    const reusable = earlier.find(file);
    if (reusable) lines.push({ ...file, crc32: reusable.crc32, object: reusable.object });
    else items.push(transferItem(storage, node, file));
  }
  tellLost(storage, pod.name, earlier);
  const reusedFiles = lines.length;
  const reusedBytes = sumBytes(lines);
  const uploadedBytes = sumBytes(items.map(({ file }) => file));

  await transfer(storage, node, items, lines);
  const inventory = await writeInventory(run, pod.name, lines, signal);
  return {
    node: {
      pod: pod.name,
      hostId: node.hostId,
      inventory,
      files: lines.length,
      bytes: sumBytes(lines),
      uploadedBytes,
    },
    reusedFiles,
    reusedBytes,
    uploadedFiles: items.length,
    sstables: lines.filter(({ file }) => file.endsWith('-Data.db')).length,
    hasLiveData: listing.hasLiveData,
    schemaTexts: schemaTextsOf(listing),
  };
}

/** The backup mends itself; those that share the objects with it are broken all the same. */
function tellLost({ run }: NodeStorage, pod: string, { lost }: Reusable): void {
  const [first] = lost;
  if (first === undefined) return;
  run.context.log.warn(
    'Objects that earlier backups need are gone from the bucket or were altered; they are stored anew',
    {
      pod,
      objects: lost.size,
      first,
      hint: 'Those backups are damaged: `cain verify` names all that they lack and marks them. Look at who can write to the bucket.',
    },
  );
}

async function reusableFor(
  storage: NodeStorage,
  node: SurveyedNode,
  listing: SnapshotListing,
): Promise<Reusable> {
  if (!storage.reuse) return nothingReusable;
  const tables = new Set(listing.tables.map(({ keyspace, tableId }) => tableKey(keyspace, tableId)));
  return await readReusable(
    storage.run.store,
    { pod: node.pod.name, hostId: node.hostId, tables },
    storage.reuse,
    { signal: storage.signal, log: storage.run.context.log },
  );
}

/** Components always; what else lies in a snapshot only in a full backup, for the original Cain's sake. */
function filesOf(listing: SnapshotListing, isFull: boolean): readonly SnapshotFile[] {
  return listing.tables
    .flatMap(({ files }) => files)
    .filter(
      ({ file }) =>
        parseComponent(file) !== undefined || (isFull && (file === 'manifest.json' || file === 'schema.cql')),
    );
}

function transferItem({ run, state }: NodeStorage, { pod }: SurveyedNode, file: SnapshotFile): TransferItem {
  const sum = state.descriptions.find(({ keyspace }) => keyspace === file.keyspace)?.sum;
  if (!sum)
    throw new CainError(
      'CAIN_SNAPSHOT_INCOMPLETE',
      `Keyspace ${file.keyspace} has a snapshot but no schema sum`,
    );
  const { keyspace, table } = file;
  const directory = `${file.dataDirectory}/${keyspace}/${table}-${file.tableId}/snapshots/${snapshotName(run.tag)}`;
  return {
    file,
    path: `${directory}/${file.file}`,
    key: dataKey({ keyspace, sum, tag: run.tag, pod: pod.name, table, file: file.file }),
  };
}

async function transfer(
  storage: NodeStorage,
  { pod }: SurveyedNode,
  items: readonly TransferItem[],
  lines: InventoryLine[],
): Promise<void> {
  const { run, pool, signal } = storage;
  const { settings, progress, log } = run.context;
  const checkpoints = createCheckpoints({ store: run.store, tag: run.tag, pod: pod.name, signal, log });
  progress.addNode(pod.name, { files: items.length, bytes: sumBytes(items.map(({ file }) => file)) });
  await uploadFiles(items, {
    way: run.ways.get(pod.name)?.way ?? 'exec',
    mayFallBack: settings.transfer === 'auto',
    agent: agentConfigOf(settings),
    exec: run.access.kubernetes.exec,
    pod,
    store: run.store,
    pool,
    parts: { smallestBytes: settings.partSizeBytes, mostParts: settings.maxUploadParts },
    parallel: settings.parallel,
    retries: settings.retries,
    stallMs: settings.stallTimeoutMs,
    limitMs: transferLimitMs,
    signal,
    log,
    onBytes: (bytes) =>
      bytes < 0 ? progress.retract(pod.name, { bytes: -bytes }) : progress.advance(pod.name, { bytes }),
    onStored: async ({ file, key }, { crc32, stored }) => {
      const line: InventoryLine = { ...file, crc32, object: { key, ...stored } };
      lines.push(line);
      progress.advance(pod.name, { files: 1 });
      log.debug('Stored file', {
        pod: pod.name,
        keyspace: file.keyspace,
        table: file.table,
        file: file.file,
        bytes: file.sizeBytes,
      });
      await checkpoints.add(line);
    },
  }).catch(async (error: unknown) => {
    await checkpoints.flush();
    throw error;
  });
  progress.finishNode(pod.name);
}

async function writeInventory(
  run: BackupRun,
  pod: string,
  lines: InventoryLine[],
  signal: AbortSignal,
): Promise<ManifestNode['inventory']> {
  const sorted = lines.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  const { key, sha256, sizeBytes } = await writeJsonLines(
    run.store,
    inventoryKey(run.tag, pod),
    sorted.map(inventoryRecord),
    { ifNoneMatch: '*', signal },
  );
  return { key, sha256, sizeBytes };
}

function orderOf({ keyspace, table, dataDirectory, file }: SnapshotFile): string {
  return [keyspace, table, dataDirectory, file].join('\0');
}

function schemaTextsOf(listing: SnapshotListing): ReadonlyMap<string, string> {
  return new Map(
    listing.tables.flatMap(({ keyspace, tableId, schemaText }) =>
      schemaText === undefined ? [] : [[tableKey(keyspace, tableId), schemaText] as const],
    ),
  );
}

function sumBytes(files: ReadonlyArray<{ readonly sizeBytes: number }>): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
