/** A node by the two things that may stay when a cluster is rebuilt. */
export interface NamedNode {
  readonly hostId: string;
  readonly pod: string;
}

export interface NodeMatch<Backup extends NamedNode, Cluster extends NamedNode> {
  readonly backup: Backup;
  readonly cluster: Cluster;
  readonly by: 'host id' | 'pod name';
}

export interface ProposedMapping<Backup extends NamedNode, Cluster extends NamedNode> {
  readonly matches: ReadonlyArray<NodeMatch<Backup, Cluster>>;
  /** From the backup's host ids to the cluster's. */
  readonly hostIds: ReadonlyMap<string, string>;
  readonly unmatchedBackup: readonly Backup[];
  readonly unmatchedCluster: readonly Cluster[];
}

/**
 * Which node of the cluster is to get which node's files: by host id, else by the name of the pod, where just
 * one node is left on either side that has it. A proposal: whether the ring is the same, `compareRings` and
 * `compareReplicaSets` tell.
 */
export function proposeMapping<Backup extends NamedNode, Cluster extends NamedNode>(
  backupNodes: readonly Backup[],
  clusterNodes: readonly Cluster[],
): ProposedMapping<Backup, Cluster> {
  const byHostId = matchBy('host id', ({ hostId }) => hostId, backupNodes, clusterNodes);
  const leftBackup = without(
    backupNodes,
    byHostId.map(({ backup }) => backup),
  );
  const leftCluster = without(
    clusterNodes,
    byHostId.map(({ cluster }) => cluster),
  );
  const byPod = matchBy('pod name', ({ pod }) => pod, leftBackup, leftCluster);
  const matches = [...byHostId, ...byPod];
  return {
    matches,
    hostIds: new Map(matches.map(({ backup, cluster }) => [backup.hostId, cluster.hostId])),
    unmatchedBackup: without(
      leftBackup,
      byPod.map(({ backup }) => backup),
    ),
    unmatchedCluster: without(
      leftCluster,
      byPod.map(({ cluster }) => cluster),
    ),
  };
}

function matchBy<Backup extends NamedNode, Cluster extends NamedNode>(
  by: 'host id' | 'pod name',
  keyOf: (node: NamedNode) => string,
  backupNodes: readonly Backup[],
  clusterNodes: readonly Cluster[],
): ReadonlyArray<NodeMatch<Backup, Cluster>> {
  return backupNodes.flatMap((backup) => {
    const key = keyOf(backup);
    const rivals = backupNodes.filter((node) => keyOf(node) === key);
    const candidates = clusterNodes.filter((node) => keyOf(node) === key);
    const [cluster] = candidates;
    return cluster && candidates.length === 1 && rivals.length === 1 ? [{ backup, cluster, by }] : [];
  });
}

function without<T>(all: readonly T[], taken: readonly T[]): readonly T[] {
  return all.filter((item) => !taken.includes(item));
}
