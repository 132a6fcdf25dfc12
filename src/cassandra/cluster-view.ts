import type { CassandraPod } from '../kubernetes/pods.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { gossipStatement, statusesSince } from './gossip.ts';
import { type NodeStatus, parseStatus } from './nodetool-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { type Ring, ringOf, ringStatements, statusSection } from './ring.ts';
import { type Schema, schemaOf, schemaStatements } from './schema.ts';

/** Ring and schema as one node sees them. */
export interface ClusterView {
  readonly ring: Ring;
  readonly schema: Schema;
}

/** All that a view needs of the tables. */
export const viewStatements = [...ringStatements, ...schemaStatements];

/** One after the other: the memory of both at once is the database's. */
const viewBody = `
${statusSection}
section tables
cqlsh_ "${viewStatements.join(' ')}"
`;

/** In one exec call, with one nodetool and one cqlsh. */
export async function readClusterView(
  tools: PodTools,
  pod: CassandraPod,
  signal: AbortSignal,
): Promise<ClusterView> {
  const sections = await tools.run(pod, { purpose: 'Reading ring and schema', body: viewBody, signal });
  const statuses = parseStatus(sectionOf(sections, 'status'));
  return clusterViewOf(statuses, parseJsonRows(sectionOf(sections, 'tables'), viewStatements.length), pod);
}

/** Pure. From the results of `viewStatements`. */
export function clusterViewOf(
  statuses: readonly NodeStatus[],
  results: ReadonlyArray<readonly unknown[]>,
  pod: CassandraPod,
): ClusterView {
  const count = ringStatements.length;
  return {
    ring: ringOf(statuses, results.slice(0, count), pod),
    schema: schemaOf(results.slice(count), pod),
  };
}

const viewAgainBody = `
section tables
cqlsh_ "$*"
`;

/**
 * Whether anything changed since: without nodetool, whose JVM costs more than all else that is asked here. Of who is
 * up it knows what was known before. Other SELECT JSON statements are asked at QUORUM in the same cqlsh; their results in order.
 * Cassandra 4.1 and later.
 */
export async function readClusterViewAgain(
  tools: PodTools,
  pod: CassandraPod,
  { before, statements, signal }: { before: Ring; statements: readonly string[]; signal: AbortSignal },
): Promise<{ readonly view: ClusterView; readonly results: ReadonlyArray<readonly unknown[]> }> {
  const sections = await tools.run(pod, {
    purpose: 'Reading ring and schema again',
    body: viewAgainBody,
    args: [gossipStatement, ...viewStatements, 'CONSISTENCY QUORUM;', ...statements],
    signal,
  });
  const count = viewStatements.length;
  const [gossip = [], ...results] = parseJsonRows(
    sectionOf(sections, 'tables'),
    1 + count + statements.length,
  );
  const statuses = statusesSince(before.statuses, gossip, pod);
  return { view: clusterViewOf(statuses, results.slice(0, count), pod), results: results.slice(count) };
}
