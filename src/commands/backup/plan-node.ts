import { snapshotName } from '../../cassandra/snapshot.ts';
import { listSnapshot, type SnapshotListing } from '../../cassandra/snapshot-listing.ts';
import { parseComponent } from '../../cassandra/sstable.ts';
import { CainError } from '../../errors.ts';
import type { InventoryLine, SnapshotFile } from '../../store/inventory.ts';
import { dataKey } from '../../store/layout.ts';
import type { TransferItem } from '../../transfer/upload-options.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import { checkSnapshot } from './check-snapshot.ts';
import { lockReused } from './lock-reused.ts';
import type { NodeStorage } from './node-storage.ts';
import { nothingReusable, type Reusable, readReusable } from './reuse.ts';
import { tableKey } from './table-key.ts';

/** What is to become of one node's files. */
export interface NodePlan {
  /** Already stored; the inventory begins with them. */
  readonly lines: InventoryLine[];
  readonly items: readonly TransferItem[];
  readonly hasLiveData: boolean;
  readonly schemaTexts: ReadonlyMap<string, string>;
}

/** Step 6 for one node: its snapshot listed and checked, unchanged files recognised. */
export async function planNode(storage: NodeStorage, node: SurveyedNode): Promise<NodePlan> {
  const { run, state, signal } = storage;
  const { pod, dataDirectories } = node;
  const listing = await listSnapshot(run.access.tools, pod, { tag: run.tag, dataDirectories }, signal);
  checkSnapshot(pod.name, listing, state.keyspaces);
  const earlier = await reusableFor(storage, node, listing);

  const items: TransferItem[] = [];
  const reused: Array<{ readonly file: SnapshotFile; readonly line: InventoryLine }> = [];
  for (const file of filesOf(listing, storage.isFull)) {
    const found = earlier.find(file);
    if (found) reused.push({ file, line: { ...file, crc32: found.crc32, object: found.object } });
    else items.push(transferItem(storage, node, file));
  }
  const locked = await lockReused(
    storage,
    pod.name,
    reused.map(({ line }) => line),
  );
  const lines = locked.filter((line) => line !== undefined);
  for (const [index, { file }] of reused.entries())
    if (!locked[index]) items.push(transferItem(storage, node, file));
  tellLost(storage, pod.name, earlier);
  return { lines, items, hasLiveData: listing.hasLiveData, schemaTexts: schemaTextsOf(listing) };
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

function schemaTextsOf(listing: SnapshotListing): ReadonlyMap<string, string> {
  return new Map(
    listing.tables.flatMap(({ keyspace, tableId, schemaText }) =>
      schemaText === undefined ? [] : [[tableKey(keyspace, tableId), schemaText] as const],
    ),
  );
}
