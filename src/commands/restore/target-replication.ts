import { countNodes, replicationMisfit } from '../../cassandra/replication-fit.ts';
import type { RingNode } from '../../cassandra/topology.ts';
import { CainError } from '../../errors.ts';
import type { Manifest } from '../../store/manifest.ts';
import type { ChosenKeyspace } from './choose-tables.ts';

export type ReplicationRow = Readonly<Record<string, string>>;

export interface TargetReplications {
  /** Of each chosen keyspace, by the name that it gets: what it has, or will have once it is made. */
  readonly all: ReadonlyMap<string, ReplicationRow>;
  /** Of those that are missing and are made otherwise than they were. */
  readonly changed: ReadonlyMap<string, ReplicationRow>;
}

/**
 * Pure. How each keyspace is replicated when its files come: one that exists as it is, one that is made as in the backup
 * or as the user wants it (copies by data centre). Throws CAIN_RESTORE_REPLICATION where the cluster can't carry that.
 */
export function targetReplications(
  keyspaces: readonly ChosenKeyspace[],
  { keyspaces: manifestKeyspaces }: Manifest,
  cluster: {
    readonly existing: ReadonlyMap<string, { readonly replication: ReplicationRow }>;
    readonly ring: readonly RingNode[];
  },
  wanted: Readonly<Record<string, number>> | undefined,
): TargetReplications {
  const all = new Map<string, ReplicationRow>();
  const changed = new Map<string, ReplicationRow>();
  const misfits: string[] = [];
  for (const { keyspace, original = keyspace } of keyspaces) {
    const existing = cluster.existing.get(keyspace)?.replication;
    const then = manifestKeyspaces.find(({ name }) => name === original)?.replication;
    const planned = existing ?? (wanted ? rowOf(wanted) : then);
    if (!planned) continue;
    all.set(keyspace, planned);
    if (existing) continue;
    if (wanted) changed.set(keyspace, planned);
    const misfit = replicationMisfit(keyspace, planned, cluster.ring);
    if (misfit !== undefined) misfits.push(`${keyspace}: ${misfit}`);
  }
  if (misfits.length > 0) throw replicationError(misfits, cluster.ring);
  return { all, changed };
}

function rowOf(wanted: Readonly<Record<string, number>>): ReplicationRow {
  const copies = Object.entries(wanted).map(([name, factor]) => [name, String(factor)]);
  return { class: 'NetworkTopologyStrategy', ...Object.fromEntries(copies) };
}

function replicationError(misfits: readonly string[], ring: readonly RingNode[]): CainError {
  const list = misfits.map((misfit) => `\n  - ${misfit}`).join('');
  const centres = [...countNodes(ring)].toSorted();
  const there = centres.map(([name, nodes]) => `${name} (${nodes})`).join(', ');
  const example = centres.map(([name, nodes]) => `${name}=${Math.min(nodes, 3)}`).join(',');
  return new CainError(
    'CAIN_RESTORE_REPLICATION',
    `Keyspaces that are to be made can't be replicated so in this cluster, whose data centres (nodes) are ${there}:${list}`,
    {
      hint: `Nothing was changed. Say how they are to be replicated, such as CAIN_RESTORE_REPLICATION=${example}, or create them yourself.`,
    },
  );
}
