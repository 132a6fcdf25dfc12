import { describeKeyspaces } from '../cassandra/descriptions.ts';
import { readSchema } from '../cassandra/schema.ts';
import { selectKeyspaces } from '../cassandra/selection.ts';
import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { CommandContext } from './context.ts';
import { openClusterAccess } from './session.ts';

/**
 * Prints what `DESC <keyspace>` says, or with CAIN_SUM the schema sum: the first 6 hex digits of the SHA-256 of
 * exactly those bytes. One keyspace prints as the original Cain did; several each with its name.
 */
export async function schema(context: CommandContext): Promise<void> {
  const { settings, signal, print } = context;
  const { tools, listPods } = openClusterAccess(context);
  const { pods } = await listPods(signal);
  const pod = pods.find(({ isReady }) => isReady);
  if (!pod) throw noPod(pods);
  const all = (await readSchema(tools, pod, signal)).keyspaces.map(({ name }) => name);
  const { selected, unmatched } = selectKeyspaces(all, settings.keyspaces);
  if (unmatched.length > 0) {
    throw new CainError(
      'CAIN_PREFLIGHT',
      `No keyspace fits ${unmatched.join(', ')}; the cluster has ${all.join(', ')}`,
      {
        hint: 'Names are case-sensitive.',
      },
    );
  }
  const descriptions = await describeKeyspaces(tools, pod, selected, signal);
  if (settings.output === 'json') {
    print(
      JSON.stringify(
        descriptions.map(({ keyspace, sum, text }) => ({
          keyspace,
          sum,
          text: Buffer.from(text).toString(),
        })),
      ),
    );
    return;
  }
  const isOne = descriptions.length === 1;
  for (const { keyspace, sum, text } of descriptions) {
    if (settings.sum) print(isOne ? sum : `${sum} ${keyspace}`);
    else print(Buffer.from(text).toString('utf8'));
  }
}

function noPod(pods: readonly CassandraPod[]): CainError {
  const what = pods.length === 0 ? 'No Cassandra pod fits the settings' : 'No Cassandra pod is ready';
  return new CainError(pods.length === 0 ? 'CAIN_PREFLIGHT' : 'CAIN_NODE_DOWN', what, {
    hint: 'Check CAIN_NAMESPACE, CAIN_SELECTOR and CAIN_CONTAINER.',
  });
}
