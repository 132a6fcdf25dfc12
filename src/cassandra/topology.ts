import { CainError } from '../errors.ts';
import type { Replication } from './replication.ts';

/** A member of the ring, as system.local and system.peers_v2 tell it. */
export interface RingNode {
  readonly hostId: string;
  readonly address: string;
  readonly dataCenter: string;
  readonly rack: string;
  /** As the partitioner writes them: Murmur3's and Random's are decimal. */
  readonly tokens: readonly string[];
}

export interface TokenRing {
  /** The class, with or without its package. */
  readonly partitioner: string;
  readonly nodes: readonly RingNode[];
}

/** The range that ends with this token, the end included, and who keeps its rows. */
export interface ReplicaSet {
  readonly rangeEnd: string;
  /** Host ids, in the order in which Cassandra finds them: the first is the primary replica. */
  readonly replicas: readonly string[];
}

interface Position {
  readonly token: string;
  readonly node: RingNode;
}

/** Takes the replicas of the range that ends at this index of the sorted ring. */
type Placement = (ring: readonly Position[], start: number) => readonly RingNode[];

/**
 * The replicas of every range, in token order, as Cassandra (4.0 to 5.0) computes them: checked against its
 * own classes (test/fixtures/cassandra/5.0.9/ReplicaSets.java). Nothing for LocalStrategy, and no replica
 * where the keyspace's data centres are not in the ring.
 */
export function* replicaSets(ring: TokenRing, replication: Replication): Generator<ReplicaSet> {
  if (replication.strategy === 'LocalStrategy') return;
  const positions = sortPositions(ring);
  const place = placementOf(ring, replication);
  for (const [index, { token }] of positions.entries()) {
    yield { rangeEnd: token, replicas: place(positions, index).map(({ hostId }) => hostId) };
  }
}

function placementOf(
  { nodes }: TokenRing,
  replication: Exclude<Replication, { strategy: 'LocalStrategy' }>,
): Placement {
  const members = nodes.filter(({ tokens }) => tokens.length > 0);
  switch (replication.strategy) {
    case 'SimpleStrategy':
      return nextNodes(Math.min(replication.replicationFactor, members.length));
    case 'EverywhereStrategy':
      return nextNodes(members.length);
    case 'NetworkTopologyStrategy':
      return nodesPerDataCenter(members, replication.replicationFactors);
  }
}

function nextNodes(count: number): Placement {
  return (ring, start) => {
    const chosen: RingNode[] = [];
    for (let step = 0; step < ring.length && chosen.length < count; step++) {
      const node = nodeAfter(ring, start, step);
      if (!chosen.includes(node)) chosen.push(node);
    }
    return chosen;
  };
}

/** How many replicas a data centre gets, and how many of them may share a rack with another one. */
interface Quota {
  readonly replicas: number;
  readonly rackRepeats: number;
}

/**
 * Around the ring, each data centre takes nodes until it has its number: one from each rack, and as many more
 * as its replication factor exceeds its racks, wherever they come first.
 */
function nodesPerDataCenter(
  members: readonly RingNode[],
  replicationFactors: Readonly<Record<string, number>>,
): Placement {
  const quotas = new Map<string, Quota>();
  for (const [dataCenter, factor] of Object.entries(replicationFactors)) {
    const inside = members.filter((node) => node.dataCenter === dataCenter);
    const racks = new Set(inside.map(({ rack }) => rack)).size;
    const replicas = Math.min(factor, inside.length);
    if (replicas > 0) quotas.set(dataCenter, { replicas, rackRepeats: factor - racks });
  }
  return (ring, start) => {
    const open = new Map([...quotas].map(([dataCenter, quota]) => [dataCenter, openQuota(quota)]));
    const chosen: RingNode[] = [];
    for (let step = 0; step < ring.length && open.size > 0; step++) {
      const node = nodeAfter(ring, start, step);
      const quota = open.get(node.dataCenter);
      if (!quota || chosen.includes(node) || !fillQuota(quota, node.rack)) continue;
      chosen.push(node);
      if (quota.replicasLeft === 0) open.delete(node.dataCenter);
    }
    return chosen;
  };
}

interface OpenQuota {
  replicasLeft: number;
  rackRepeatsLeft: number;
  readonly racks: Set<string>;
}

function openQuota({ replicas, rackRepeats }: Quota): OpenQuota {
  return { replicasLeft: replicas, rackRepeatsLeft: rackRepeats, racks: new Set() };
}

/** False when the quota has no room for one more of that rack. */
function fillQuota(quota: OpenQuota, rack: string): boolean {
  if (quota.racks.has(rack)) {
    if (quota.rackRepeatsLeft <= 0) return false;
    quota.rackRepeatsLeft--;
  }
  quota.racks.add(rack);
  quota.replicasLeft--;
  return true;
}

function nodeAfter(ring: readonly Position[], start: number, steps: number): RingNode {
  const { node } = ring[(start + steps) % ring.length] as Position;
  return node;
}

function sortPositions({ partitioner, nodes }: TokenRing): readonly Position[] {
  const owned = nodes.flatMap((node) => node.tokens.map((token) => ({ token, node })));
  // Decimal numbers; ByteOrdered's hex digits and the others' text stand in their own order.
  const isNumeric = /(?:^|\.)(?:Murmur3|Random)Partitioner$/.test(partitioner);
  const positions = isNumeric
    ? sortBy(owned, ({ token }) => BigInt(token))
    : sortBy(owned, ({ token }) => token);
  for (const [index, { token, node }] of positions.entries()) {
    const next = positions[index + 1];
    if (next?.token !== token) continue;
    const addresses = `${node.address} and ${next.node.address}`;
    throw new CainError('CAIN_NODE_DOWN', `Nodes ${addresses} both own the token ${token}`, {
      hint: 'A node is being replaced: wait until that is over.',
      retryable: true,
    });
  }
  return positions;
}

function sortBy<Item, Key extends string | bigint>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): readonly Item[] {
  return items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map(({ item }) => item);
}
