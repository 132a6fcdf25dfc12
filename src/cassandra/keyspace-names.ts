import type { CassandraPod } from '../kubernetes/pods.ts';
import { readRecord } from '../record.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

const namesBody = `
section keyspaces
cqlsh_ "SELECT JSON keyspace_name FROM system_schema.keyspaces;"
`;

/** All keyspaces, those of the system too. */
export async function readKeyspaceNames(
  tools: PodTools,
  pod: CassandraPod,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const call = { purpose: 'Reading the names of the keyspaces', body: namesBody, signal };
  const [rows = []] = parseJsonRows(sectionOf(await tools.run(pod, call), 'keyspaces'), 1);
  return rows.map((row) => readRecord(row, `system_schema of pod ${pod.name}`).string('keyspace_name'));
}
