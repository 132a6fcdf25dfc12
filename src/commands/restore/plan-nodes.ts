import { tableName } from '../../cassandra/journal.ts';
import { sourceFolder } from '../../cassandra/restore-paths.ts';
import type { ManifestNode } from '../../store/manifest.ts';
import type { MappedNode, NodeMapping } from './map-nodes.ts';
import { idsOf, mergeFiles, readNodeFiles, sumNodeFiles, type TableFiles } from './node-files.ts';
import { placeDirectories } from './placement.ts';
import type { NodePlan, RestoreTable } from './restore-plan.ts';
import { onAllNodes, type RestoreRun } from './restore-run.ts';

/** What one node of the backup holds, by the `keyspace.table` that each table gets. */
type HeldFiles = ReadonlyMap<string, TableFiles>;

/** What each node gets, and into which directories. Every inventory is read once, however many nodes need it. */
export async function planNodes(
  run: RestoreRun,
  { nodes, spread }: NodeMapping,
  tables: readonly RestoreTable[],
): Promise<readonly NodePlan[]> {
  const newNames = new Map(tables.map((table) => [table.original, tableName(table)]));
  const ids = idsOf(tables);
  const backups = new Map(
    nodes.flatMap(({ sources }) => sources.map(({ backup }) => [backup.hostId, backup] as const)),
  );
  const held = new Map<string, HeldFiles>();
  await onAllNodes([...backups.values()], async (backup: ManifestNode) => {
    const sums = await sumNodeFiles(readNodeFiles(run.store, backup, ids, run.signal), backup.pod);
    held.set(backup.hostId, new Map([...sums].map(([name, files]) => [newNames.get(name) ?? name, files])));
  });
  return nodes
    .map((node) => planNode(node, held, { isSpread: spread.size > 0 }))
    .toSorted((a, b) => (a.node.pod.name < b.node.pod.name ? -1 : 1));
}

/** Pure. */
export function planNode(
  { node, sources }: MappedNode,
  held: ReadonlyMap<string, HeldFiles>,
  { isSpread }: { isSpread: boolean },
): NodePlan {
  const files = mergeFiles(
    sources.map(({ backup, keyspaces }) => {
      const all = held.get(backup.hostId) ?? new Map<string, TableFiles>();
      return new Map([...all].filter(([name]) => keyspaces.has(name.slice(0, name.indexOf('.')))));
    }),
  );
  const bytes = new Map<string, number>();
  for (const { bytesByDirectory } of files.values()) {
    for (const [directory, size] of bytesByDirectory)
      bytes.set(directory, (bytes.get(directory) ?? 0) + size);
  }
  const placed = sources.map((source) =>
    isSpread ? { ...source, folder: sourceFolder(source.backup.pod) } : source,
  );
  return {
    node,
    sources: placed,
    files,
    placement: placeDirectories(bytes, node.dataDirectories, node.disks.volumes),
    ...(isSpread ? { folders: placed.map(({ backup }) => sourceFolder(backup.pod)) } : {}),
  };
}
