import type { BackupRun } from '../../src/commands/backup/backup-run.ts';
import { buildManifest } from '../../src/commands/backup/build-manifest.ts';
import { commitManifest } from '../../src/commands/backup/commit.ts';
import { putSchemaRecords, putTopology } from '../../src/commands/backup/records.ts';
import { storeNodes } from '../../src/commands/backup/store-nodes.ts';
import { readCatalog } from '../../src/store/catalog.ts';
import type { Store } from '../../src/store/store.ts';
import { backupRun } from '../../test/support/backup-run.ts';
import { dataDirectory, podName, type SyntheticCluster } from './synthetic.ts';
import { stateOf } from './synthetic-state.ts';
import { syntheticTools } from './synthetic-tools.ts';

const tag = '20260103000000';

/**
 * Steps 6 and 9 of a backup in which every file is one of the last backup: each node's listing is compared with its last
 * inventory and with the bucket, its inventory is written, the manifest is committed.
 */
export async function planAndCommit(store: Store, cluster: SyntheticCluster): Promise<void> {
  const signal = new AbortController().signal;
  const names = Array.from({ length: cluster.nodes }, (_, node) => podName(node));
  const prepared = backupRun({
    store,
    tag,
    tools: syntheticTools(cluster),
    nodes: Object.fromEntries(names.map((name) => [name, [dataDirectory]])),
  });
  // Nothing is to be uploaded, so nothing speaks to Kubernetes.
  const access = { ...prepared.access, kubernetes: {} } as BackupRun['access'];
  const run: BackupRun = { ...prepared, access };
  const state = stateOf(cluster);
  const catalog = await readCatalog(store, signal);
  const stored = await storeNodes(run, { state, reuse: { catalog, fencedTags: [] }, isFull: false });
  const uploaded = stored.nodes.reduce((sum, node) => sum + node.uploadedFiles, 0);
  if (uploaded > 0)
    throw new Error(`${uploaded} files would be uploaded, though all of them are in the bucket`);
  const manifest = buildManifest(run, {
    state,
    stored,
    catalog,
    isFull: false,
    coverage: 'whole',
    topology: await putTopology(run, state),
    schema: await putSchemaRecords(run, state, stored.schemaTexts),
    roles: undefined,
    unsafeStore: [],
  });
  const now = new Date();
  await commitManifest(store, manifest, { startedAt: now, now, pruneGraceMs: 0, log: prepared.log });
}
