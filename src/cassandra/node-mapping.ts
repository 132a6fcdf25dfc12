/** A node by the things that may stay when a cluster is rebuilt, or built again elsewhere. */
export interface NamedNode {
  readonly hostId: string;
  readonly pod: string;
  readonly tokens: readonly string[];
}

export interface NodeMatch<Backup extends NamedNode, Cluster extends NamedNode> {
  readonly backup: Backup;
  readonly cluster: Cluster;
}

/**
 * Which node of the cluster is to get which node's files: by host id, else by its tokens, else by the name of the pod,
 * where just one node is left on either side that has it. A proposal: whether the topology is the same,
 * `compareReplicaSets` tells.
 */
export function proposeMapping<Backup extends NamedNode, Cluster extends NamedNode>(
  backupNodes: readonly Backup[],
  clusterNodes: readonly Cluster[],
): ReadonlyArray<NodeMatch<Backup, Cluster>> {
  const matches: Array<NodeMatch<Backup, Cluster>> = [];
  for (const keyOf of keys) {
    const left = backupNodes.filter((node) => !matches.some(({ backup }) => backup === node));
    const free = clusterNodes.filter((node) => !matches.some(({ cluster }) => cluster === node));
    matches.push(...matchBy(keyOf, left, free));
  }
  return matches;
}

const keys: ReadonlyArray<(node: NamedNode) => string> = [
  ({ hostId }) => hostId,
  // Nodes without tokens have none in common.
  ({ hostId, tokens }) => (tokens.length > 0 ? tokens.toSorted().join(' ') : `none of ${hostId}`),
  ({ pod }) => pod,
];

function matchBy<Backup extends NamedNode, Cluster extends NamedNode>(
  keyOf: (node: NamedNode) => string,
  backupNodes: readonly Backup[],
  clusterNodes: readonly Cluster[],
): ReadonlyArray<NodeMatch<Backup, Cluster>> {
  const rivals = countBy(backupNodes, keyOf);
  const candidates = countBy(clusterNodes, keyOf);
  const byKey = new Map(clusterNodes.map((node) => [keyOf(node), node]));
  return backupNodes.flatMap((backup) => {
    const key = keyOf(backup);
    const cluster = byKey.get(key);
    return cluster && rivals.get(key) === 1 && candidates.get(key) === 1 ? [{ backup, cluster }] : [];
  });
}

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
