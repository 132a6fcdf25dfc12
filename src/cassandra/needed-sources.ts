import { replicaSets } from './replica-sets.ts';
import type { ReplicatedRing } from './ring-comparison.ts';
import { inTokenOrder } from './topology.ts';

/**
 * From whom each node of a cluster needs files so that every row comes to all of its owners: for each host id of the
 * cluster, the host ids of the backup's nodes that kept a part of what it is to keep. All replicas of a range count:
 * a row that was written at QUORUM may have missed any one of them.
 */
export function neededSources(
  backup: ReplicatedRing,
  cluster: ReplicatedRing,
): ReadonlyMap<string, ReadonlySet<string>> {
  const then = [...replicaSets(backup.ring, backup.replication)];
  const now = [...replicaSets(cluster.ring, cluster.replication)];
  const needed = new Map<string, Set<string>>();
  const [firstThen, firstNow] = [then[0], now[0]];
  if (!firstThen || !firstNow) return needed;
  const ends = [...new Set([...then, ...now].map(({ rangeEnd }) => rangeEnd))];
  // What lies after the last end wraps around into the first range of either side.
  let [atThen, atNow] = [0, 0];
  for (const end of inTokenOrder(cluster.ring.partitioner, ends, (token) => token)) {
    const holders = (then[atThen] ?? firstThen).replicas;
    for (const owner of (now[atNow] ?? firstNow).replicas) addAll(needed, owner, holders);
    if (then[atThen]?.rangeEnd === end) atThen++;
    if (now[atNow]?.rangeEnd === end) atNow++;
  }
  return needed;
}

function addAll(sets: Map<string, Set<string>>, key: string, values: readonly string[]): void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set);
  for (const value of values) set.add(value);
}
