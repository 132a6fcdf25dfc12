import { hasReached, type TableState } from '../../cassandra/journal.ts';

/** What all nodes' journals say of the tables of one group; undefined = nothing yet. */
export type GroupStates = Iterable<TableState | undefined>;

/**
 * truncate: journal it on every node, TRUNCATE, journal that it is done. settle: it is done, and some node's journal
 * does not know. import: every journal knows.
 */
export type NextStep = 'truncate' | 'settle' | 'import' | 'done';

/**
 * What comes next for a table with its views. TRUNCATE is cluster-wide, so one node that records it as done is enough
 * to never do it again: another node may hold imported rows by now.
 */
export function nextStep(states: GroupStates): NextStep {
  const all = [...states];
  if (!all.some((state) => hasReached(state, 'truncated'))) return 'truncate';
  if (!all.every((state) => hasReached(state, 'truncated'))) return 'settle';
  return all.every((state) => hasReached(state, 'imported')) ? 'done' : 'import';
}

/** Whether the restore has destroyed anything of these tables yet, or may have. */
export function mayHaveTruncated(states: GroupStates): boolean {
  return [...states].some((state) => hasReached(state, 'truncating'));
}
