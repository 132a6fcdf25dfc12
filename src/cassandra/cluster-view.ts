import type { CassandraPod } from '../kubernetes/pods.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { parseStatus } from './nodetool-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { type Ring, ringOf, ringStatements, statusSection } from './ring.ts';
import { type Schema, schemaOf, schemaStatements } from './schema.ts';

/** Ring and schema as one node sees them. */
export interface ClusterView {
  readonly ring: Ring;
  readonly schema: Schema;
}

/** One after the other: the memory of both at once is the database's. */
const viewBody = `
${statusSection}
section tables
cqlsh_ "${[...ringStatements, ...schemaStatements].join(' ')}"
`;

/** In one exec call, with one nodetool and one cqlsh. */
export async function readClusterView(
  tools: PodTools,
  pod: CassandraPod,
  signal: AbortSignal,
): Promise<ClusterView> {
  const sections = await tools.run(pod, { purpose: 'Reading ring and schema', body: viewBody, signal });
  const statuses = parseStatus(sectionOf(sections, 'status'));
  const count = ringStatements.length;
  const results = parseJsonRows(sectionOf(sections, 'tables'), count + schemaStatements.length);
  return {
    ring: ringOf(statuses, results.slice(0, count), pod),
    schema: schemaOf(results.slice(count), pod),
  };
}
