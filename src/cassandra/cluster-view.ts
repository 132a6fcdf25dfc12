import type { CassandraPod } from '../kubernetes/pods.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { type Ring, readStatuses, ringOf, ringStatements } from './ring.ts';
import { type Schema, schemaOf, schemaStatements } from './schema.ts';

/** Ring and schema as one node sees them. */
export interface ClusterView {
  readonly ring: Ring;
  readonly schema: Schema;
}

const tablesBody = `
section tables
cqlsh_ "${[...ringStatements, ...schemaStatements].join(' ')}"
`;

/** One nodetool and one cqlsh, side by side. */
export async function readClusterView(
  tools: PodTools,
  pod: CassandraPod,
  signal: AbortSignal,
): Promise<ClusterView> {
  const call = { purpose: 'Reading ring and schema', body: tablesBody, signal };
  const [statuses, sections] = await Promise.all([readStatuses(tools, pod, signal), tools.run(pod, call)]);
  const count = ringStatements.length;
  const results = parseJsonRows(sectionOf(sections, 'tables'), count + schemaStatements.length);
  return {
    ring: ringOf(statuses, results.slice(0, count), pod),
    schema: schemaOf(results.slice(count), pod),
  };
}
