import type { Ownership } from '../../cassandra/live-tables.ts';
import { stagingDirectory, sumsDirectory } from '../../cassandra/restore-paths.ts';
import { checkStaged, recallStaged } from '../../cassandra/staged-files.ts';
import type { InventoryLine } from '../../store/inventory.ts';
import { unknownCrc32 } from '../../store/unknown-crc32.ts';
import type { DownloadItem } from '../../transfer/download-archive.ts';
import { downloadByExec } from '../../transfer/exec-download.ts';
import type { PartPool } from '../../transfer/part-pool.ts';
import { idsOf, readNodeFiles } from './node-files.ts';
import { directoryOf } from './prepare-node.ts';
import type { NodePlan, RestoreTable } from './restore-plan.ts';
import { journalOf, rootsOf } from './restore-run.ts';
import type { RestoreWork } from './restore-work.ts';

/** Terabytes over a slow network take days; what does not move ends much earlier. */
const transferLimitMs = 48 * 3600_000;
/** Without the rights to execute. */
const fileModeMask = 0o666;

export interface StagedTable {
  readonly table: RestoreTable;
  readonly owner: Ownership;
}

export interface StageOptions {
  readonly tables: readonly StagedTable[];
  readonly pool: PartPool;
  /** What an earlier run staged is kept where its SHA-256 is still right. */
  readonly keepsStaged: boolean;
  /** Takes only some of the files. */
  readonly isWanted?: (line: InventoryLine) => boolean;
}

/** Brings a node's files of these tables into its staging. */
export async function stageFiles(work: RestoreWork, node: NodePlan, options: StageOptions): Promise<void> {
  const { run, plan } = work;
  const { pod } = node.node;
  const { tools, kubernetes } = run.access;
  const { settings, log, progress, now } = run.context;
  const journal = journalOf(node.node, plan.id);
  const all = await itemsOf(work, node, options);
  const kept = options.keepsStaged ? await recallStaged(tools, pod, journal, run.signal) : new Set<string>();
  const items = all.filter(({ path }) => !kept.has(path));
  if (items.length < all.length) {
    log.info('Kept staged files of an earlier run', { pod: pod.name, files: all.length - items.length });
  }
  progress.addNode(pod.name, {
    files: items.length,
    bytes: items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  });
  // No list of an earlier run may be written over: it vouches for files that are kept.
  const startedAt = now().getTime();
  await downloadByExec(items, {
    exec: kubernetes.exec,
    pod,
    store: run.store,
    pool: options.pool,
    partBytes: settings.partSizeBytes,
    parallel: settings.parallel,
    retries: settings.retries,
    stallMs: settings.stallTimeoutMs,
    limitMs: transferLimitMs,
    sumsPrefix: (attempt) => `${sumsDirectory(journal)}/${startedAt}-${attempt}-`,
    check: (sums) => checkStaged(tools, pod, { sums, roots: rootsOf(node.node, plan.id) }, run.signal),
    signal: run.signal,
    log,
    onBytes: (bytes) =>
      bytes < 0 ? progress.retract(pod.name, { bytes: -bytes }) : progress.advance(pod.name, { bytes }),
    onStaged({ path, sizeBytes }) {
      progress.advance(pod.name, { files: 1 });
      log.debug('Staged file', { pod: pod.name, path, bytes: sizeBytes });
    },
  });
  progress.finishNode(pod.name);
}

async function itemsOf(
  { run, plan }: RestoreWork,
  node: NodePlan,
  { tables, isWanted = () => true }: StageOptions,
): Promise<readonly DownloadItem[]> {
  const byName = new Map(tables.map((staged) => [staged.table.original, staged]));
  const ids = idsOf(tables.map(({ table }) => table));
  const items: DownloadItem[] = [];
  for await (const line of readNodeFiles(run.store, node.backup, ids, run.signal)) {
    const staged = byName.get(`${line.keyspace}.${line.table}`);
    if (staged && isWanted(line)) items.push(itemOf(line, staged, node, plan.id, plan.manifest.tag));
  }
  return items;
}

function itemOf(
  line: InventoryLine,
  { table, owner }: StagedTable,
  node: NodePlan,
  restoreId: string,
  tag: string,
): DownloadItem {
  const directory = stagingDirectory(node.placement(line.dataDirectory), restoreId, directoryOf(table));
  return {
    key: line.object.key,
    sizeBytes: line.sizeBytes,
    crc32: line.crc32 === unknownCrc32 ? undefined : line.crc32,
    about: `backup ${tag}, pod ${node.backup.pod}, table ${line.keyspace}.${line.table}, file ${line.file}`,
    path: `${directory}/${line.file}`,
    uid: owner.uid,
    gid: owner.gid,
    mode: owner.mode & fileModeMask,
    mtimeSeconds: Number(line.mtime),
  };
}
