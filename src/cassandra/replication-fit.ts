import { parseReplication } from './replication.ts';
import type { RingNode } from './topology.ts';

/**
 * Pure. Why a keyspace can't be replicated so in this ring, in words; undefined = it can. Cassandra itself refuses data
 * centres that it does not know, and takes more copies than there are nodes, which then can't be written at ALL.
 */
export function replicationMisfit(
  keyspace: string,
  replication: Readonly<Record<string, string>>,
  ring: readonly RingNode[],
): string | undefined {
  const parsed = parseReplication(keyspace, replication);
  const nodes = countNodes(ring);
  const all = [...nodes.values()].reduce((sum, count) => sum + count, 0);
  if (parsed.strategy === 'SimpleStrategy') {
    return parsed.replicationFactor > all ? `${parsed.replicationFactor} copies on ${all} nodes` : undefined;
  }
  if (parsed.strategy !== 'NetworkTopologyStrategy') return undefined;
  const misfits = Object.entries(parsed.replicationFactors).flatMap(([name, factor]) => {
    const there = nodes.get(name) ?? 0;
    if (there === 0 && factor > 0) return [`no data centre ${name}`];
    return factor > there ? [`${factor} copies in data centre ${name}, which has ${there} nodes`] : [];
  });
  return misfits.length === 0 ? undefined : misfits.join(', ');
}

/** Of those that own tokens, by data centre. */
export function countNodes(ring: readonly RingNode[]): ReadonlyMap<string, number> {
  const nodes = new Map<string, number>();
  for (const { dataCenter, tokens } of ring) {
    if (tokens.length > 0) nodes.set(dataCenter, (nodes.get(dataCenter) ?? 0) + 1);
  }
  return nodes;
}
