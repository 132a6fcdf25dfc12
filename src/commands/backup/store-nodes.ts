import { forEachLimited } from '../../concurrency.ts';
import { CainError } from '../../errors.ts';
import { createPartPool } from '../../transfer/part-pool.ts';
import type { BackupRun } from './backup-run.ts';
import type { ReuseSources } from './reuse-records.ts';
import { type NodeStorage, type StoredNode, storeNode } from './store-node.ts';
import type { ClusterState } from './take-snapshots.ts';
import { watchDisks } from './watch-disks.ts';

/** More streams at once would only wait for the pool of part buffers, and hold one node's files each in memory. */
const mostNodesAtOnce = 64;

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
  const storage: NodeStorage = { run, state, pool, reuse, isFull, signal };
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
