import { type InventoryLine, inventoryRecord, type SnapshotFile } from '../../store/inventory.ts';
import { writeJsonLines } from '../../store/json-lines.ts';
import { inventoryKey } from '../../store/layout.ts';
import type { ManifestNode } from '../../store/manifest.ts';
import { uploadFiles } from '../../transfer/upload.ts';
import type { TransferItem } from '../../transfer/upload-options.ts';
import { agentConfigOf } from '../agent-config.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import { chooseLateWay } from '../transfer-ways.ts';
import type { BackupRun } from './backup-run.ts';
import { createCheckpoints } from './checkpoints.ts';
import type { NodeStorage } from './node-storage.ts';
import { planNode } from './plan-node.ts';

/** A run may be that long; the deadline of the Job ends it sooner. */
const transferLimitMs = 48 * 3600_000;

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
  const { run, planning, held, signal } = storage;
  const { pod } = node;
  const endPlanning = await planning.take(1, signal);
  let letGo = (): void => {};
  try {
    const { items, lines, hasLiveData, schemaTexts } = await planNode(storage, node);
    const reused = { files: lines.length, bytes: sumBytes(lines) };
    const uploadedBytes = sumBytes(items.map(({ file }) => file));
    // Waited for while others can't plan: what is planned and waits is in memory too.
    letGo = await held.take(items.length + lines.length, signal);
    endPlanning();

    await transfer(storage, node, items, lines);
    const inventory = await writeInventory(run, pod.name, lines, signal);
    const { hostId } = node;
    return {
      node: {
        pod: pod.name,
        hostId,
        inventory,
        files: lines.length,
        bytes: sumBytes(lines),
        uploadedBytes,
      },
      reusedFiles: reused.files,
      reusedBytes: reused.bytes,
      uploadedFiles: items.length,
      sstables: lines.filter(({ file }) => file.endsWith('-Data.db')).length,
      hasLiveData,
      schemaTexts,
    };
  } finally {
    endPlanning();
    letGo();
  }
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
  const way =
    run.ways.get(pod.name)?.way ??
    (await chooseLateWay(run.context, run.access, { pod, store: run.store }, signal));
  await uploadFiles(items, {
    way,
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
      const lock = run.store.lockOf(key);
      const line: InventoryLine = {
        ...file,
        crc32,
        object: { key, ...stored, ...(lock === undefined ? {} : { lock }) },
      };
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
  const sorted = lines
    .map((line) => ({ line, order: orderOf(line) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  const { key, sha256, sizeBytes } = await writeJsonLines(
    run.store,
    inventoryKey(run.tag, pod),
    recordsOf(sorted),
    { ifNoneMatch: '*', signal },
  );
  return { key, sha256, sizeBytes };
}

/** One by one: all at once would be a second inventory in memory. */
function* recordsOf(sorted: ReadonlyArray<{ readonly line: InventoryLine }>): Iterable<object> {
  for (const { line } of sorted) yield inventoryRecord(line);
}

function orderOf({ keyspace, table, dataDirectory, file }: SnapshotFile): string {
  return [keyspace, table, dataDirectory, file].join('\0');
}

function sumBytes(files: ReadonlyArray<{ readonly sizeBytes: number }>): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
