import type { Ownership } from '../../cassandra/live-tables.ts';
import { stagingDirectory, sumsDirectory } from '../../cassandra/restore-paths.ts';
import { checkStaged, recallStaged } from '../../cassandra/staged-files.ts';
import { CainError } from '../../errors.ts';
import type { InventoryLine } from '../../store/inventory.ts';
import { unknownCrc32 } from '../../store/unknown-crc32.ts';
import { downloadDirectly } from '../../transfer/direct-download.ts';
import { tryDirectDownload } from '../../transfer/direct-trial.ts';
import type { DownloadItem } from '../../transfer/download-archive.ts';
import { downloadByExec } from '../../transfer/exec-download.ts';
import { goDirectly } from '../../transfer/go-directly.ts';
import type { PartPool } from '../../transfer/part-pool.ts';
import { agentConfigOf } from '../agent-config.ts';
import { idsOf, readNodeFiles } from './node-files.ts';
import { directoryOf } from './prepare-node.ts';
import type { NodePlan, PlannedSource, RestorePlan, RestoreTable } from './restore-plan.ts';
import { journalOf, rootsOf } from './restore-run.ts';
import type { RestoreWork } from './restore-work.ts';

/** Terabytes over a slow network take days; what does not move ends much earlier. */
const transferLimitMs = 48 * 3600_000;
/** Of a trial: a pod whose packets are dropped takes 10 s to say so. */
const trialLimitMs = 60_000;
/** Without the rights to execute. */
const fileModeMask = 0o666;

export interface StagedTable {
  readonly table: RestoreTable;
  readonly owner: Ownership;
}

export interface StageOptions {
  readonly tables: readonly StagedTable[];
  readonly pool: PartPool;
  /** What an earlier run staged is kept where its checksum is still right. */
  readonly keepsStaged: boolean;
  /** Takes only some of the files. */
  readonly isWanted?: (line: InventoryLine, source: PlannedSource) => boolean;
}

/** Brings a node's files of these tables into its staging: fetched by the pod itself where it can, else through exec. */
export async function stageFiles(work: RestoreWork, node: NodePlan, options: StageOptions): Promise<void> {
  const { log, progress } = work.run.context;
  const { pod } = node.node;
  const items = await itemsOf(work, node, options);
  progress.addNode(pod.name, {
    files: items.length,
    bytes: items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  });
  const staging: Staging = { work, node, items, ...options };
  if (await canFetch(staging)) {
    const reason = await stageDirectly(staging);
    if (reason !== undefined) {
      log.warn('The direct way is closed by now; files are staged through exec', { pod: pod.name, reason });
      await stageByExec({ ...staging, keepsStaged: false });
    }
  } else await stageByExec(staging);
  progress.finishNode(pod.name);
}

interface Staging extends StageOptions {
  readonly work: RestoreWork;
  readonly node: NodePlan;
  readonly items: readonly DownloadItem[];
}

function holdsBytes({ sizeBytes }: DownloadItem): boolean {
  return sizeBytes > 0;
}

/** What stands in the way; undefined = nothing. */
async function tryToFetch({
  work,
  node,
  items,
}: Pick<Staging, 'work' | 'node' | 'items'>): Promise<string | undefined> {
  const object = items.find(holdsBytes);
  if (!object) return undefined;
  return await tryDirectDownload(work.run.store, object, {
    ...sessionOf(work, node),
    limitMs: trialLimitMs,
  });
}

/** Throws where CAIN_TRANSFER=direct and the pod can't. */
async function canFetch({ work, node, items }: Staging): Promise<boolean> {
  const { settings, log } = work.run.context;
  const { pod } = node.node;
  if (settings.transfer === 'exec' || !items.some(holdsBytes)) return false;
  const reason = await tryToFetch({ work, node, items });
  if (reason === undefined) log.info('Node fetches its bytes directly', { pod: pod.name });
  else log.warn('Node fetches its bytes through exec', { pod: pod.name, reason });
  if (reason === undefined || settings.transfer === 'auto') return reason === undefined;
  throw new CainError('CAIN_STORE', `Pod ${pod.name} can't fetch bytes from the store itself: ${reason}`, {
    hint: 'Let it reach the store, or set CAIN_TRANSFER=auto, which takes exec for such a node.',
    retryable: true,
  });
}

function sessionOf({ run }: RestoreWork, { node }: NodePlan) {
  const { settings, log, progress } = run.context;
  const { pod } = node;
  return {
    exec: run.access.kubernetes.exec,
    pod,
    store: run.store,
    agent: agentConfigOf(settings),
    retries: settings.retries,
    stallMs: settings.stallTimeoutMs,
    limitMs: transferLimitMs,
    partBytes: settings.partSizeBytes,
    signal: run.signal,
    log,
    onBytes: (bytes: number) =>
      bytes < 0 ? progress.retract(pod.name, { bytes: -bytes }) : progress.advance(pod.name, { bytes }),
    onStaged({ path, sizeBytes }: DownloadItem) {
      progress.advance(pod.name, { files: 1 });
      log.debug('Staged file', { pod: pod.name, path, bytes: sizeBytes });
    },
  };
}

/** Gives why its way is closed by now, if it is. */
async function stageDirectly(staging: Staging): Promise<string | undefined> {
  const { work, node, items } = staging;
  const roots = rootsOf(node.node, work.plan.id);
  const session = sessionOf(work, node);
  let { keepsStaged } = staging;
  async function stage(): Promise<void> {
    const kept = keepsStaged;
    // What this try brings need not be brought again by the next one.
    keepsStaged = true;
    await downloadDirectly(items, { ...session, roots, keepsStaged: kept });
  }
  return await goDirectly(stage, {
    ...session,
    mayFallBack: work.run.context.settings.transfer === 'auto',
    // All of them, until the last sync has proven all of them.
    left: () => items.length,
    tryAgain: () => tryToFetch(staging),
  });
}

async function stageByExec({ work, node, items: all, pool, keepsStaged }: Staging): Promise<void> {
  const { run, plan } = work;
  const { pod } = node.node;
  const { tools } = run.access;
  const { settings, log, now } = run.context;
  const journal = journalOf(node.node, plan.id);
  const session = sessionOf(work, node);
  const kept = keepsStaged ? await recallStaged(tools, pod, journal, run.signal) : new Set<string>();
  const items = all.filter(({ path }) => !kept.has(path));
  if (items.length < all.length) {
    log.info('Kept staged files of an earlier run', { pod: pod.name, files: all.length - items.length });
    for (const item of all.filter(({ path }) => kept.has(path))) {
      session.onBytes(item.sizeBytes);
      session.onStaged(item);
    }
  }
  // No list of an earlier run may be written over: it vouches for files that are kept.
  const startedAt = now().getTime();
  await downloadByExec(items, {
    ...session,
    pool,
    bytesPerSecond: session.agent.bytesPerSecond,
    parallel: settings.parallel,
    sumsPrefix: (attempt) => `${sumsDirectory(journal)}/${startedAt}-${attempt}-`,
    check: (sums) => checkStaged(tools, pod, { sums, roots: rootsOf(node.node, plan.id) }, run.signal),
  });
}

async function itemsOf(
  { run, plan }: RestoreWork,
  node: NodePlan,
  { tables, isWanted = () => true }: StageOptions,
): Promise<readonly DownloadItem[]> {
  const byName = new Map(tables.map((staged) => [staged.table.original, staged]));
  const ids = idsOf(tables.map(({ table }) => table));
  const items: DownloadItem[] = [];
  for (const source of node.sources) {
    for await (const line of readNodeFiles(run.store, source.backup, ids, run.signal)) {
      const staged = byName.get(`${line.keyspace}.${line.table}`);
      if (!staged || !source.keyspaces.has(staged.table.keyspace) || !isWanted(line, source)) continue;
      items.push(itemOf(line, staged, { node, source, plan }));
    }
  }
  return items;
}

function itemOf(
  line: InventoryLine,
  { table, owner }: StagedTable,
  { node, source, plan }: { node: NodePlan; source: PlannedSource; plan: RestorePlan },
): DownloadItem {
  const place = node.placement(line.dataDirectory);
  const directory = stagingDirectory(place, plan.id, directoryOf(table), source.folder);
  return {
    key: line.object.key,
    sizeBytes: line.sizeBytes,
    crc32: line.crc32 === unknownCrc32 ? undefined : line.crc32,
    about: `backup ${plan.manifest.tag}, pod ${source.backup.pod}, table ${line.keyspace}.${line.table}, file ${line.file}`,
    path: `${directory}/${line.file}`,
    uid: owner.uid,
    gid: owner.gid,
    mode: owner.mode & fileModeMask,
    mtimeSeconds: Number(line.mtime),
  };
}
