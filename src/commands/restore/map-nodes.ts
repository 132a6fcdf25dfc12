import { isDeepStrictEqual } from 'node:util';
import { proposeMapping } from '../../cassandra/node-mapping.ts';
import { parseReplication } from '../../cassandra/replication.ts';
import { compareRings } from '../../cassandra/ring-comparison.ts';
import type { RingNode } from '../../cassandra/topology.ts';
import { CainError } from '../../errors.ts';
import type { Manifest, ManifestNode } from '../../store/manifest.ts';
import type { TopologyNode } from '../../store/topology-record.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';

/** A node of the cluster and the node of the backup whose files it gets. */
export interface NodePair {
  readonly backup: ManifestNode;
  readonly node: SurveyedNode;
}

export interface ClusterSide {
  readonly partitioner: string;
  readonly ring: readonly RingNode[];
  readonly nodes: readonly SurveyedNode[];
  /** Current replication by keyspace; a chosen keyspace that is missing will be made as it was. */
  readonly replications: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export interface BackupSide {
  readonly manifest: Manifest;
  readonly topology: readonly TopologyNode[];
  /** The chosen keyspaces, under the names that they get. */
  readonly keyspaces: ReadonlyArray<{ readonly keyspace: string; readonly original?: string }>;
}

/**
 * Gives each node of the backup its node in the cluster: by host id, else by pod name. Throws CAIN_RESTORE_MAPPING,
 * with every difference in words, unless the topology is the same: then each node's own files are all that it needs.
 */
export function mapNodes(backup: BackupSide, cluster: ClusterSide): readonly NodePair[] {
  const backupNodes = backup.manifest.nodes;
  const clusterNodes = cluster.nodes.map((node) => ({ hostId: node.hostId, pod: node.pod.name, node }));
  const { matches, hostIds, unmatchedBackup, unmatchedCluster } = proposeMapping(backupNodes, clusterNodes);
  const differences = [
    ...unmatchedBackup.map(
      ({ pod, hostId }) => `The backup's pod ${pod} (${hostId}) has no pod in the cluster`,
    ),
    ...unmatchedCluster.map(({ pod, hostId }) => `The cluster's pod ${pod} (${hostId}) is not in the backup`),
    ...strangers(cluster),
    ...compareRings(
      { partitioner: backup.manifest.partitioner, nodes: backup.topology },
      { partitioner: cluster.partitioner, nodes: cluster.ring },
      hostIds,
    ),
    ...backup.keyspaces.flatMap((keyspace) => compareReplication(keyspace, backup.manifest, cluster)),
  ];
  if (differences.length > 0) throw mappingError(backup.manifest.tag, differences);
  return matches.map(({ backup: backupNode, cluster: { node } }) => ({ backup: backupNode, node }));
}

/** TRUNCATE reaches every member of the ring: each must be a pod that gets its files back. */
function strangers({ ring, nodes }: ClusterSide): readonly string[] {
  const ours = new Set(nodes.map(({ hostId }) => hostId));
  return ring
    .filter(({ hostId }) => !ours.has(hostId))
    .map(
      ({ address, hostId }) => `The ring's node ${address} (${hostId}) is none of the pods that were found`,
    );
}

function compareReplication(
  { keyspace, original = keyspace }: BackupSide['keyspaces'][number],
  manifest: Manifest,
  { replications }: ClusterSide,
): readonly string[] {
  const then = manifest.keyspaces.find(({ name }) => name === original)?.replication;
  if (!then) return [`The manifest does not tell how keyspace ${keyspace} was replicated`];
  const was = parseReplication(keyspace, then);
  if (was.strategy === 'LocalStrategy')
    return [`Keyspace ${keyspace} belongs to each node alone (LocalStrategy)`];
  const now = replications.get(keyspace);
  if (!now || isDeepStrictEqual(parseReplication(keyspace, now), was)) return [];
  return [
    `Keyspace ${keyspace} is replicated as ${JSON.stringify(now)}, in the backup ${JSON.stringify(then)}`,
  ];
}

function mappingError(tag: string, differences: readonly string[]): CainError {
  const list = differences.map((difference) => `\n  - ${difference}`).join('');
  return new CainError(
    'CAIN_RESTORE_MAPPING',
    `The nodes of backup ${tag} do not match those of the cluster, in ${differences.length} ${differences.length === 1 ? 'point' : 'points'}:${list}`,
    {
      hint: 'This restore puts every file back on the node that it came from. Nothing was changed. Bring the cluster to the topology of the backup.',
      fields: { differences: differences.length },
    },
  );
}
