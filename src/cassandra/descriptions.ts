import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { quoteIdentifier } from './cql.ts';
import type { PodTools } from './pod-tools.ts';
import { schemaSum } from './schema-sum.ts';

export interface KeyspaceDescription {
  readonly keyspace: string;
  /** The bytes that were hashed. */
  readonly text: Uint8Array;
  readonly sum: string;
}

/** One cqlsh a keyspace, since the sum is over exactly what `cqlsh -e "DESC <keyspace>;"` prints; one exec call in all. */
const descriptionsBody = `
for statement; do
  section description
  cqlsh_ "$statement" || exit
done
`;

export async function describeKeyspaces(
  tools: PodTools,
  pod: CassandraPod,
  keyspaces: readonly string[],
  signal: AbortSignal,
): Promise<readonly KeyspaceDescription[]> {
  const statements = keyspaces.map((keyspace) => `DESC ${quoteIdentifier(keyspace)};`);
  const sections = await tools.run(pod, {
    purpose: 'Describing the keyspaces',
    body: descriptionsBody,
    args: statements,
    signal,
  });
  const texts = sections.get('description') ?? [];
  if (texts.length !== keyspaces.length) {
    throw new CainError(
      'CAIN_OUTPUT_UNREADABLE',
      `Pod ${pod.name} described ${texts.length} of ${keyspaces.length} keyspaces`,
    );
  }
  return keyspaces.map((keyspace, index) => {
    const { text, sum } = schemaSum(Buffer.from(texts[index] ?? ''));
    return { keyspace, text, sum };
  });
}
