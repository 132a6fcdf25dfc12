import { neededSources } from '../../cassandra/needed-sources.ts';
import { proposeMapping } from '../../cassandra/node-mapping.ts';
import { replicaSets } from '../../cassandra/replica-sets.ts';
import { parseReplication, type Replication } from '../../cassandra/replication.ts';
import {
  compareReplicaSets,
  compareRings,
  type HostIdMapping,
  isSamePartitioner,
  type ReplicatedRing,
} from '../../cassandra/ring-comparison.ts';
import type { RingNode, TokenRing } from '../../cassandra/topology.ts';
import { CainError } from '../../errors.ts';
import type { Manifest, ManifestNode } from '../../store/manifest.ts';
import type { TopologyNode } from '../../store/topology-record.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';

/** A node of the backup whose files a node of the cluster takes, and of which keyspaces. */
export interface NodeSource {
  readonly backup: ManifestNode;
  /** Under the names that they get. */
  readonly keyspaces: ReadonlySet<string>;
}

export interface MappedNode {
  readonly node: SurveyedNode;
  /** None for a node that keeps nothing of what is restored. */
  readonly sources: readonly NodeSource[];
}

export interface NodeMapping {
  readonly nodes: readonly MappedNode[];
  /**
   * Keyspaces whose rows have other replicas than in the backup: every node gets the files of all nodes that kept a part
   * of what it is to keep, and is cleaned up afterwards.
   */
  readonly spread: ReadonlySet<string>;
  /** Why they are spread, in words. */
  readonly differences: readonly string[];
}

export interface ClusterSide {
  readonly partitioner: string;
  readonly ring: readonly RingNode[];
  readonly nodes: readonly SurveyedNode[];
  /** By keyspace: what it has, or will have once it is made. */
  readonly replications: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export interface BackupSide {
  readonly manifest: Manifest;
  readonly topology: readonly TopologyNode[];
  /** The chosen keyspaces, under the names that they get. */
  readonly keyspaces: ReadonlyArray<{ readonly keyspace: string; readonly original?: string }>;
}

/**
 * Pure. Which node gets whose files. A keyspace whose rows have the same replicas as in the backup, under the mapping
 * of nodes: each node its own. Another one: each node those of all nodes that kept a part of its rows. Throws
 * CAIN_RESTORE_MAPPING where neither helps.
 */
export function mapNodes(backup: BackupSide, cluster: ClusterSide): NodeMapping {
  checkMappable(backup, cluster);
  const rings = ringsOf(backup, cluster);
  const hostIds = mapHostIds(backup, cluster);
  const sources = new Map<string, Map<string, Set<string>>>();
  const differences: string[] = [];
  const spread = new Set<string>();
  for (const { keyspace, original = keyspace } of backup.keyspaces) {
    const then = { ring: rings.backup, replication: replicationThen(original, backup.manifest) };
    const now = { ring: rings.cluster, replication: replicationNow(keyspace, cluster) };
    const difference = compareReplicaSets(then, now, hostIds);
    if (difference !== undefined) {
      spread.add(keyspace);
      differences.push(`Keyspace ${keyspace}: ${difference}`);
    }
    const needed = difference === undefined ? ownSources(hostIds) : sourcesByOwner(then, now, backup);
    for (const [owner, holders] of needed) addSources(sources, owner, holders, keyspace);
  }
  if (spread.size > 0) differences.unshift(...compareRings(rings.backup, rings.cluster, hostIds));
  return {
    nodes: cluster.nodes.map((node) => mappedNode(node, sources, backup.manifest)),
    spread,
    differences,
  };
}

function ringsOf({ manifest, topology }: BackupSide, { partitioner, ring }: ClusterSide) {
  const backup: TokenRing = { partitioner: manifest.partitioner, nodes: topology };
  const cluster: TokenRing = { partitioner, nodes: ring };
  return { backup, cluster };
}

/** Of the nodes that the backup holds: a backup that is less than whole lacks some. */
function mapHostIds({ manifest, topology }: BackupSide, { ring, nodes }: ClusterSide): HostIdMapping {
  const tokensThen = new Map(topology.map(({ hostId, tokens }) => [hostId, tokens]));
  const tokensNow = new Map(ring.map(({ hostId, tokens }) => [hostId, tokens]));
  const matches = proposeMapping(
    manifest.nodes.map(({ hostId, pod }) => ({ hostId, pod, tokens: tokensThen.get(hostId) ?? [] })),
    nodes.map(({ hostId, pod }) => ({ hostId, pod: pod.name, tokens: tokensNow.get(hostId) ?? [] })),
  );
  return new Map(matches.map(({ backup, cluster }) => [backup.hostId, cluster.hostId]));
}

/** Nodes whose tokens the backup does not tell (the original's tells none) may have kept anything. */
function sourcesByOwner(
  then: ReplicatedRing,
  now: ReplicatedRing,
  { manifest, topology }: BackupSide,
): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Set(topology.filter(({ tokens }) => tokens.length > 0).map(({ hostId }) => hostId));
  const unknown = manifest.nodes.map(({ hostId }) => hostId).filter((hostId) => !known.has(hostId));
  const needed = neededSources(then, now);
  const owners = new Set([...replicaSets(now.ring, now.replication)].flatMap(({ replicas }) => replicas));
  return new Map([...owners].map((owner) => [owner, new Set([...(needed.get(owner) ?? []), ...unknown])]));
}

function ownSources(hostIds: HostIdMapping): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map([...hostIds].map(([then, now]) => [now, new Set([then])]));
}

/** By host id of the cluster, then of the backup. */
function addSources(
  sources: Map<string, Map<string, Set<string>>>,
  owner: string,
  holders: Iterable<string>,
  keyspace: string,
): void {
  const own = sources.get(owner) ?? new Map<string, Set<string>>();
  sources.set(owner, own);
  for (const holder of holders) own.set(holder, (own.get(holder) ?? new Set()).add(keyspace));
}

function mappedNode(
  node: SurveyedNode,
  sources: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>,
  manifest: Manifest,
): MappedNode {
  const own = sources.get(node.hostId);
  const taken = manifest.nodes.flatMap((backup) => {
    const keyspaces = own?.get(backup.hostId);
    return keyspaces ? [{ backup, keyspaces }] : [];
  });
  return { node, sources: taken };
}

function checkMappable(backup: BackupSide, cluster: ClusterSide): void {
  const { manifest, keyspaces } = backup;
  const problems = [
    ...(isSamePartitioner(manifest.partitioner, cluster.partitioner)
      ? []
      : [
          `The partitioner is ${cluster.partitioner}, in the backup ${manifest.partitioner}: its files can't be read`,
        ]),
    ...strangers(cluster, backup),
    ...keyspaces.flatMap(({ keyspace, original = keyspace }) => unmappable(original, manifest)),
  ];
  if (problems.length > 0) throw mappingError(manifest.tag, problems);
}

/**
 * TRUNCATE reaches every member of the ring: each that keeps rows of what is restored must be a pod that gets its files
 * back. One that keeps none, such as a data centre for other keyspaces, loses nothing.
 */
function strangers(cluster: ClusterSide, { manifest, keyspaces }: BackupSide): readonly string[] {
  const ours = new Set(cluster.nodes.map(({ hostId }) => hostId));
  const others = cluster.ring.filter(({ hostId }) => !ours.has(hostId));
  if (others.length === 0) return [];
  const owners = ownersOf(cluster, keyspaces);
  const podsThen = new Map(manifest.nodes.map(({ hostId, pod }) => [hostId, `, ${pod} in the backup`]));
  return others
    .filter(({ hostId }) => owners.has(hostId))
    .map(
      ({ address, hostId }) =>
        `The ring's node ${address} (${hostId}${podsThen.get(hostId) ?? ''}) owns a range of what is restored, and is none of the pods that were found`,
    );
}

/** Host ids of the nodes that keep, or will keep, rows of these keyspaces. */
export function ownersOf(
  cluster: Pick<ClusterSide, 'partitioner' | 'ring' | 'replications'>,
  keyspaces: BackupSide['keyspaces'],
): ReadonlySet<string> {
  const ring: TokenRing = { partitioner: cluster.partitioner, nodes: cluster.ring };
  const known = keyspaces.filter(({ keyspace }) => cluster.replications.has(keyspace));
  return new Set(
    known.flatMap(({ keyspace }) =>
      [...replicaSets(ring, replicationNow(keyspace, cluster))].flatMap(({ replicas }) => replicas),
    ),
  );
}

function unmappable(keyspace: string, manifest: Manifest): readonly string[] {
  const then = manifest.keyspaces.find(({ name }) => name === keyspace)?.replication;
  if (!then) return [`The manifest does not tell how keyspace ${keyspace} was replicated`];
  if (parseReplication(keyspace, then).strategy !== 'LocalStrategy') return [];
  return [`Keyspace ${keyspace} belongs to each node alone (LocalStrategy)`];
}

function replicationThen(keyspace: string, { keyspaces }: Manifest): Replication {
  return parseReplication(keyspace, keyspaces.find(({ name }) => name === keyspace)?.replication ?? {});
}

function replicationNow(keyspace: string, { replications }: Pick<ClusterSide, 'replications'>): Replication {
  return parseReplication(keyspace, replications.get(keyspace) ?? {});
}

function mappingError(tag: string, problems: readonly string[]): CainError {
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  return new CainError('CAIN_RESTORE_MAPPING', `Backup ${tag} can't be restored into this cluster:${list}`, {
    hint: 'Nothing was changed. A restore reaches every member of the ring: CAIN_SELECTOR must find the pods of all that keep rows of these keyspaces.',
    fields: { problems: problems.length },
  });
}
