import { selectKeyspaces } from '../../cassandra/selection.ts';
import { CainError } from '../../errors.ts';

/** The names that CAIN_KEYSPACE takes of all there are. Throws CAIN_PREFLIGHT where a pattern fits none, or nothing is left. */
export function chooseKeyspaces(all: readonly string[], patterns: readonly string[]): readonly string[] {
  const { selected, unmatched } = selectKeyspaces(all, patterns);
  if (unmatched.length === 0 && selected.length > 0) return selected;
  const what =
    unmatched.length > 0 ? `No keyspace fits ${unmatched.join(', ')}` : 'There is no keyspace to back up';
  throw new CainError('CAIN_PREFLIGHT', `${what}; the cluster has ${all.toSorted().join(', ')}`, {
    hint: 'Check CAIN_KEYSPACE; names are case-sensitive, system keyspaces count only when named exactly.',
  });
}
