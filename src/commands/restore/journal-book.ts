import { type TableState, tableName } from '../../cassandra/journal.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import type { JournalsByPod } from './resume.ts';

interface Named {
  readonly keyspace: string;
  readonly table: string;
}

/** What the journals of all nodes say of one restore, kept in step with what is written to them. */
export interface JournalBook {
  stateOf(pod: string, table: Named): TableState | undefined;
  /** After the node's journal has it on disk. */
  note(pod: string, table: Named, state: TableState): void;
  /** Of these tables on every node. */
  statesOf(tables: readonly Named[]): ReadonlyArray<TableState | undefined>;
}

/** Of these nodes: those that the restore has something to do with. */
export function openJournalBook(
  journals: JournalsByPod,
  restoreId: string,
  nodes: ReadonlyArray<{ readonly node: SurveyedNode }>,
): JournalBook {
  const pods = new Set(nodes.map(({ node }) => node.pod.name));
  const taken = [...journals].filter(([pod]) => pods.has(pod));
  const states = new Map(
    taken.map(([pod, all]) => [
      pod,
      new Map(all.find(({ id }) => id === restoreId)?.states ?? new Map<string, TableState>()),
    ]),
  );
  const book: JournalBook = {
    stateOf: (pod, table) => states.get(pod)?.get(tableName(table)),
    note(pod, table, state) {
      states.get(pod)?.set(tableName(table), state);
    },
    statesOf: (tables) =>
      [...states.keys()].flatMap((pod) => tables.map((table) => book.stateOf(pod, table))),
  };
  return book;
}
