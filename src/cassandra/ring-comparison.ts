import { replicaSets } from './replica-sets.ts';
import type { Replication } from './replication.ts';
import type { RingNode, TokenRing } from './topology.ts';

/** From the backup's host ids to the cluster's. */
export type HostIdMapping = ReadonlyMap<string, string>;

/**
 * In what the cluster's ring differs from the one that was backed up: a sentence each, [] = in nothing. Then,
 * and while replication is the same, every node can take its own files back.
 */
export function compareRings(
  backup: TokenRing,
  cluster: TokenRing,
  mapping: HostIdMapping,
): readonly string[] {
  const clusterNodes = new Map(cluster.nodes.map((node) => [node.hostId, node]));
  const differences: string[] = [];
  if (!isSamePartitioner(backup.partitioner, cluster.partitioner)) {
    differences.push(`The partitioner is ${cluster.partitioner}, in the backup ${backup.partitioner}`);
  }
  const taken = new Map<string, RingNode>();
  for (const node of backup.nodes) {
    const counterpart = clusterNodes.get(mapping.get(node.hostId) ?? '');
    const rival = counterpart && taken.get(counterpart.hostId);
    if (!counterpart) differences.push(`The backup's node ${nameOf(node)} has no node in the cluster`);
    else if (rival) {
      differences.push(`Node ${nameOf(counterpart)} would be both ${nameOf(rival)} and ${nameOf(node)}`);
    } else {
      taken.set(counterpart.hostId, node);
      differences.push(...compareNodes(node, counterpart));
    }
  }
  for (const node of cluster.nodes) {
    if (!taken.has(node.hostId) && node.tokens.length > 0) {
      differences.push(`The cluster's node ${nameOf(node)} owns tokens and is no node of the backup`);
    }
  }
  return differences;
}

function compareNodes(backup: RingNode, cluster: RingNode): readonly string[] {
  const differences: string[] = [];
  const name = nameOf(cluster);
  if (backup.dataCenter !== cluster.dataCenter) {
    differences.push(
      `Node ${name} is in data centre ${cluster.dataCenter}, in the backup ${backup.dataCenter}`,
    );
  }
  if (backup.rack !== cluster.rack) {
    differences.push(`Node ${name} is in rack ${cluster.rack}, in the backup ${backup.rack}`);
  }
  const had = new Set(backup.tokens);
  const has = new Set(cluster.tokens);
  const lost = backup.tokens.filter((token) => !has.has(token));
  const added = cluster.tokens.filter((token) => !had.has(token));
  if (lost.length > 0 || added.length > 0) {
    differences.push(`Node ${name} has other tokens: ${describeTokens(lost, added)}`);
  }
  return differences;
}

function describeTokens(lost: readonly string[], added: readonly string[]): string {
  const parts = [['lacks', lost] as const, ['has', added] as const];
  return parts
    .filter(([, tokens]) => tokens.length > 0)
    .map(
      ([verb, tokens]) => `${verb} ${tokens[0]}${tokens.length > 1 ? ` and ${tokens.length - 1} more` : ''}`,
    )
    .join(', ');
}

export interface ReplicatedRing {
  readonly ring: TokenRing;
  readonly replication: Replication;
}

/**
 * The first range of a keyspace that has other replicas in the cluster than in the backup, in words;
 * undefined = all have the same ones under the mapping: the topology is the same.
 */
export function compareReplicaSets(
  backup: ReplicatedRing,
  cluster: ReplicatedRing,
  mapping: HostIdMapping,
): string | undefined {
  const isLocal = backup.replication.strategy === 'LocalStrategy';
  if (isLocal !== (cluster.replication.strategy === 'LocalStrategy')) {
    return `The replication is ${cluster.replication.strategy}, in the backup ${backup.replication.strategy}`;
  }
  const clusterSets = replicaSets(cluster.ring, cluster.replication);
  for (const { rangeEnd, replicas } of replicaSets(backup.ring, backup.replication)) {
    const next = clusterSets.next();
    if (next.done || next.value.rangeEnd !== rangeEnd) return `No range of the cluster ends at ${rangeEnd}`;
    const mapped = replicas.map((hostId) => mapping.get(hostId) ?? '');
    if (!isSameSet(mapped, next.value.replicas)) {
      return `The range that ends at ${rangeEnd} has other replicas than in the backup`;
    }
  }
  const extra = clusterSets.next();
  return extra.done ? undefined : `No range of the backup ends at ${extra.value.rangeEnd}`;
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && new Set([...left, ...right]).size === left.length;
}

function nameOf({ address, hostId }: RingNode): string {
  return `${address} (${hostId})`;
}

/** With or without the package. */
export function isSamePartitioner(left: string, right: string): boolean {
  return simpleName(left) === simpleName(right);
}

function simpleName(className: string): string {
  return className.slice(className.lastIndexOf('.') + 1);
}
