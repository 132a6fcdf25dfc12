import type { Replication } from './replication.ts';
import { type RingNode, type RingPosition, ringPositions, type TokenRing } from './topology.ts';

/** The range that ends with this token, the end included, and who keeps its rows. */
export interface ReplicaSet {
  readonly rangeEnd: string;
  /** Host ids, in the order in which Cassandra finds them: the first is the primary replica. */
  readonly replicas: readonly string[];
}

/**
 * The replicas of every range, in token order, as Cassandra (4.0 to 5.0) computes them: checked against its
 * own classes (test/fixtures/cassandra/5.0.9/ReplicaSets.java). Nothing for LocalStrategy, and no replica
 * where the keyspace's data centres are not in the ring.
 */
export function* replicaSets(ring: TokenRing, replication: Replication): Generator<ReplicaSet> {
  if (replication.strategy === 'LocalStrategy') return;
  const positions = ringPositions(ring);
  const place = placementOf(positions, replication);
  for (const [index, { token }] of positions.entries()) {
    yield { rangeEnd: token, replicas: place(index).map(({ hostId }) => hostId) };
  }
}

/** Finds the replicas of the range that ends at this index of the ring. */
type Placement = (rangeEnd: number) => readonly RingNode[];

type RangeReplication = Exclude<Replication, { readonly strategy: 'LocalStrategy' }>;

function placementOf(ring: readonly RingPosition[], replication: RangeReplication): Placement {
  switch (replication.strategy) {
    case 'SimpleStrategy':
      return nextNodes(ring, replication.replicationFactor);
    case 'EverywhereStrategy':
      return nextNodes(ring, ring.length);
    case 'NetworkTopologyStrategy':
      return nodesPerDataCenter(ring, replication.replicationFactors);
  }
}

function nextNodes(ring: readonly RingPosition[], factor: number): Placement {
  const count = Math.min(factor, new Set(ring.map(({ node }) => node)).size);
  return (rangeEnd) => {
    const chosen: RingNode[] = [];
    for (let step = 0; chosen.length < count; step++) {
      const { node } = ring[(rangeEnd + step) % ring.length] as RingPosition;
      if (!chosen.includes(node)) chosen.push(node);
    }
    return chosen;
  };
}

/** What a data centre owns of the ring, and what it is to hold of each range. */
interface DataCenter {
  /** Indexes into the ring, ascending. */
  readonly positions: readonly number[];
  readonly replicas: number;
  /** How many of the replicas may lie in a rack that holds one already. */
  readonly rackRepeats: number;
}

/**
 * Each data centre goes around the ring for itself until it has its number: one node of each rack, and as many
 * more as its replication factor exceeds its racks, wherever they come first. Only its own positions are
 * visited: in a large ring those of a small data centre lie far apart.
 */
function nodesPerDataCenter(
  ring: readonly RingPosition[],
  replicationFactors: Readonly<Record<string, number>>,
): Placement {
  const dataCenters = Object.entries(replicationFactors).map(([name, factor]): DataCenter => {
    const positions = [...ring.keys()].filter((index) => ring[index]?.node.dataCenter === name);
    const nodes = new Set(positions.map((index) => (ring[index] as RingPosition).node));
    const racks = new Set([...nodes].map(({ rack }) => rack));
    return { positions, replicas: Math.min(factor, nodes.size), rackRepeats: factor - racks.size };
  });
  return (rangeEnd) => {
    const distance = (index: number): number => (index - rangeEnd + ring.length) % ring.length;
    return dataCenters
      .flatMap((dataCenter) => nodesOfDataCenter(ring, rangeEnd, dataCenter))
      .sort((left, right) => distance(left) - distance(right))
      .map((index) => (ring[index] as RingPosition).node);
  };
}

/** The positions by which a data centre takes its nodes. */
function nodesOfDataCenter(
  ring: readonly RingPosition[],
  rangeEnd: number,
  { positions, replicas, rackRepeats }: DataCenter,
): readonly number[] {
  const chosen: number[] = [];
  const nodes: RingNode[] = [];
  const racks = new Set<string>();
  let repeatsLeft = rackRepeats;
  const first = firstAtOrAfter(positions, rangeEnd);
  for (let step = 0; chosen.length < replicas; step++) {
    const index = positions[(first + step) % positions.length] as number;
    const { node } = ring[index] as RingPosition;
    if (nodes.includes(node)) continue;
    if (racks.has(node.rack) && repeatsLeft-- <= 0) continue;
    racks.add(node.rack);
    nodes.push(node);
    chosen.push(index);
  }
  return chosen;
}

/** Where in an ascending list the first number is that is not below this one; its length = nowhere. */
function firstAtOrAfter(ascending: readonly number[], least: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
