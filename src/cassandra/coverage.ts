import { type ReplicaSet, replicaSets } from './replica-sets.ts';
import type { Replication } from './replication.ts';
import type { TokenRing } from './topology.ts';

/** From the best to the worst. */
const verdicts = ['whole', 'quorum', 'single', 'none'] as const;

/**
 * whole: every member of the ring that owns a range is there. quorum: of every range, a majority of the
 * replicas in at least one data centre (of all replicas, where the strategy knows no data centres). single:
 * at least one replica of every range. none: some range has no replica there.
 */
export type CoverageVerdict = (typeof verdicts)[number];

export interface WeakRange extends ReplicaSet {
  readonly keyspace: string;
  readonly present: readonly string[];
}

export interface Coverage {
  readonly verdict: CoverageVerdict;
  readonly keyspaces: Readonly<Record<string, CoverageVerdict>>;
  /** Host ids of the owners that are not there. */
  readonly missing: readonly string[];
  /** The first of the ranges that gave the verdict; unless it is "whole". */
  readonly weakest?: WeakRange;
}

export interface CoverageInput {
  readonly ring: TokenRing;
  /** Of each chosen keyspace. */
  readonly replications: Readonly<Record<string, Replication>>;
  /** Host ids of the nodes that take part. */
  readonly presentHostIds: ReadonlySet<string>;
}

/** How much of the chosen keyspaces' data the present nodes hold. */
export function coverage({ ring, replications, presentHostIds }: CoverageInput): Coverage {
  const isPresent = (hostId: string): boolean => presentHostIds.has(hostId);
  const dataCenters = new Map(ring.nodes.map(({ hostId, dataCenter }) => [hostId, dataCenter]));
  const missing = new Set<string>();
  const keyspaces: Record<string, CoverageVerdict> = {};
  // Most keyspaces are replicated alike, and a ring has up to hundreds of thousands of ranges.
  const known = new Map<string, KeyspaceCoverage>();
  let weakest: (WeakRange & { readonly verdict: CoverageVerdict }) | undefined;

  for (const [keyspace, replication] of Object.entries(replications)) {
    const key = JSON.stringify(replication);
    const result = known.get(key) ?? keyspaceCoverage(ring, replication, isPresent, dataCenters);
    known.set(key, result);
    keyspaces[keyspace] = result.verdict;
    for (const hostId of result.missing) missing.add(hostId);
    const { weakest: range, verdict } = result;
    if (range && (!weakest || isWorse(verdict, weakest.verdict))) weakest = { keyspace, verdict, ...range };
  }

  const verdict = worst(Object.values(keyspaces));
  if (!weakest) return { verdict, keyspaces, missing: [...missing] };
  const { verdict: _, ...range } = weakest;
  return { verdict, keyspaces, missing: [...missing], weakest: range };
}

interface KeyspaceCoverage {
  readonly verdict: CoverageVerdict;
  readonly missing: ReadonlySet<string>;
  readonly weakest?: Omit<WeakRange, 'keyspace'>;
}

function keyspaceCoverage(
  ring: TokenRing,
  replication: Replication,
  isPresent: (hostId: string) => boolean,
  dataCenters: ReadonlyMap<string, string>,
): KeyspaceCoverage {
  if (replication.strategy === 'LocalStrategy') return localCoverage(ring, isPresent);
  const isPerDataCenter = replication.strategy === 'NetworkTopologyStrategy';
  const groupOf = (hostId: string): string => (isPerDataCenter ? (dataCenters.get(hostId) ?? '') : '');
  const missing = new Set<string>();
  let verdict: CoverageVerdict = 'whole';
  let weakest: Omit<WeakRange, 'keyspace'> | undefined;
  for (const { rangeEnd, replicas } of replicaSets(ring, replication)) {
    const present = replicas.filter(isPresent);
    if (present.length === replicas.length) continue;
    for (const hostId of replicas) if (!isPresent(hostId)) missing.add(hostId);
    const ofRange = rangeVerdict(replicas, present, groupOf);
    if (!isWorse(ofRange, verdict)) continue;
    verdict = ofRange;
    weakest = { rangeEnd, replicas, present };
  }
  return { verdict, missing, ...(weakest ? { weakest } : {}) };
}

/** Of a range that lacks a replica. */
function rangeVerdict(
  replicas: readonly string[],
  present: readonly string[],
  groupOf: (hostId: string) => string,
): CoverageVerdict {
  if (present.length === 0) return 'none';
  const sizes = countBy(replicas, groupOf);
  const isMajority = ([group, count]: [string, number]): boolean => count > (sizes.get(group) ?? 0) / 2;
  return [...countBy(present, groupOf)].some(isMajority) ? 'quorum' : 'single';
}

/** Local rows are each node's own: a missing node takes nothing from the others, yet the backup is not whole. */
function localCoverage({ nodes }: TokenRing, isPresent: (hostId: string) => boolean): KeyspaceCoverage {
  const missing = new Set(nodes.map(({ hostId }) => hostId).filter((hostId) => !isPresent(hostId)));
  return { verdict: missing.size === 0 ? 'whole' : 'quorum', missing };
}

function countBy(items: readonly string[], groupOf: (item: string) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(groupOf(item), (counts.get(groupOf(item)) ?? 0) + 1);
  return counts;
}

function isWorse(left: CoverageVerdict, right: CoverageVerdict): boolean {
  return verdicts.indexOf(left) > verdicts.indexOf(right);
}

function worst(all: readonly CoverageVerdict[]): CoverageVerdict {
  return all.reduce<CoverageVerdict>((left, right) => (isWorse(right, left) ? right : left), 'whole');
}
