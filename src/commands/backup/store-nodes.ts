import { createBudget } from '../../budget.ts';
import { forEachLimited } from '../../concurrency.ts';
import { CainError } from '../../errors.ts';
import { createPartPool } from '../../transfer/part-pool.ts';
import type { BackupRun } from './backup-run.ts';
import type { NodeStorage } from './node-storage.ts';
import type { ReuseSources } from './reuse-records.ts';
import { type StoredNode, storeNode } from './store-node.ts';
import type { ClusterState } from './take-snapshots.ts';
import { watchDisks } from './watch-disks.ts';

/** More streams at once would only wait for the pool of part buffers. */
const mostNodesAtOnce = 64;
/** While a node is planned its files are in memory as text, as a listing, and as what its last inventory says of them: some 15 MB for 5,000 files. */
const mostPlannedAtOnce = 4;
/** Some 700 bytes each: with the above, memory is bounded by these and not by the nodes. A node with more files goes alone. */
const mostFilesHeld = 100_000;

export interface StoredNodes {
  /** Without the texts, in pod name order. */
  readonly nodes: ReadonlyArray<Omit<StoredNode, 'schemaTexts'>>;
  /** By keyspace and table id: the schema.cql of the first node that holds it. */
  readonly schemaTexts: ReadonlyMap<string, string>;
}

/** Steps 6 and 7: all nodes at once, one pool of part buffers for all. The first failure stops the others, and is the one thrown. */
export async function storeNodes(
  run: BackupRun,
  { state, reuse, isFull }: { state: ClusterState; reuse: ReuseSources | undefined; isFull: boolean },
): Promise<StoredNodes> {
  const { settings } = run.context;
  const broken = new AbortController();
  const signal = AbortSignal.any([run.signal, broken.signal]);
  const pool = createPartPool(settings.memoryBytes, settings.partSizeBytes);
  const budgets = { planning: createBudget(mostPlannedAtOnce), held: createBudget(mostFilesHeld) };
  const storage: NodeStorage = { run, state, pool, reuse, isFull, ...budgets, signal };
  const nodes: StoredNodes['nodes'][number][] = [];
  const schemaTexts = new Map<string, string>();

  const over = new AbortController();
  const watching = watchDisks(run, AbortSignal.any([signal, over.signal])).catch((error: unknown) =>
    broken.abort(error),
  );
  try {
    await forEachLimited(run.survey.nodes, mostNodesAtOnce, async (node) => {
      const { schemaTexts: texts, ...stored } = await storeNode(storage, node).catch((error: unknown) => {
        broken.abort(error);
        throw error;
      });
      nodes.push(stored);
      for (const [key, text] of texts) if (!schemaTexts.has(key)) schemaTexts.set(key, text);
    });
  } catch (error) {
    // What failed because of another failure is only its echo.
    signal.throwIfAborted();
    throw error;
  } finally {
    over.abort(new Error('all nodes are stored'));
    await watching;
  }
  checkNotEmpty(nodes);
  nodes.sort((a, b) => (a.node.pod < b.node.pod ? -1 : 1));
  return { nodes, schemaTexts };
}

/** A backup without a file of a database that has some is the lie that other tools tell. */
function checkNotEmpty(nodes: StoredNodes['nodes']): void {
  const sstables = nodes.reduce((sum, node) => sum + node.sstables, 0);
  if (sstables === 0 && nodes.some(({ hasLiveData }) => hasLiveData)) {
    throw new CainError('CAIN_EMPTY_BACKUP', 'The snapshots hold no SSTable, yet the tables do', {
      hint: "The snapshots were cleared under way, or the data directories are not the server's own. See CAIN_CASSANDRA_DATA_DIR.",
      retryable: true,
    });
  }
}
