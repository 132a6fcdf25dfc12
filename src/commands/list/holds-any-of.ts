import { selectKeyspaces } from '../../cassandra/selection.ts';

/** Whether a backup holds a keyspace that the patterns choose; no patterns choose all, the empty backup too. */
export function holdsAnyOf(
  keyspaces: ReadonlyArray<{ readonly name: string }>,
  patterns: readonly string[],
): boolean {
  if (patterns.length === 0) return true;
  const names = keyspaces.map(({ name }) => name);
  return selectKeyspaces(names, patterns).selected.length > 0;
}
