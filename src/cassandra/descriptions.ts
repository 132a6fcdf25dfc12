import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { quoteIdentifier } from './cql.ts';
import { withoutWarnings } from './cqlsh-output.ts';
import type { PodTools } from './pod-tools.ts';
import { schemaSum } from './schema-sum.ts';
import { unreadableOutput } from './unreadable.ts';

export interface KeyspaceDescription {
  readonly keyspace: string;
  /** The bytes that were hashed. */
  readonly text: Uint8Array;
  readonly sum: string;
}

/** What DESC takes for a word of its own, and not for the name of a keyspace, unless it stands in quotes. */
const wordsOfDescribe: ReadonlySet<string> = new Set([
  'aggregate',
  'aggregates',
  'cluster',
  'function',
  'functions',
  'keyspaces',
  'only',
  'tables',
  'type',
  'types',
]);

/** Pure. */
export function descriptionStatement(keyspace: string): string {
  return `DESC ${wordsOfDescribe.has(keyspace) ? `"${keyspace}"` : quoteIdentifier(keyspace)};`;
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
  const statements = keyspaces.map(descriptionStatement);
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
    const printed = texts[index] ?? '';
    checkDescription(keyspace, printed);
    const { text, sum } = schemaSum(Buffer.from(printed));
    return { keyspace, text, sum };
  });
}

/** cqlsh that was cut short may print nothing and end with 0, and a wrapper around it prints lines of its own: no restore could read such a text. */
function checkDescription(keyspace: string, printed: string): void {
  const [, name] = /^CREATE KEYSPACE ("[^"]+"|[^\s;]+)/.exec(withoutWarnings(printed)) ?? [];
  if (name === keyspace || name === `"${keyspace}"`) return;
  throw unreadableOutput(`DESC ${keyspace}`, printed.trim().split('\n')[0] ?? '');
}
