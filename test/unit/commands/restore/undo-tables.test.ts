import { expect } from 'chai';
import type {
  JournalPlan,
  NodeJournal,
  TableState,
  UndoSnapshot,
} from '../../../../src/cassandra/journal.ts';
import {
  mixedTables,
  tablesToUndo,
  touchedTables,
  unsettledTables,
} from '../../../../src/commands/restore/undo-tables.ts';
import { emptyPlan } from '../../../support/journal-plan.ts';

const table = (name: string, kind: 'table' | 'view' = 'table') => ({ keyspace: 'shop', table: name, kind });
const undone: JournalPlan = {
  ...emptyPlan,
  tables: [table('users'), table('by_name', 'view'), table('hits'), table('made')],
  created: ['shop.made'],
};

function journals(states: Record<string, TableState>, undo: Record<string, boolean> = {}) {
  const journal: NodeJournal = {
    id: undone.id,
    directory: '',
    isFinished: false,
    states: new Map(Object.entries(states)),
    undo: new Map(Object.entries(undo).map(([name, holdsData]) => [name, [{ name: 's', holdsData }]])),
  };
  return new Map([
    ['pod-0', [journal]],
    ['pod-1', []],
  ]);
}

const namesOf = (tables: ReadonlyArray<{ readonly table: string }>) => tables.map((each) => each.table);

describe('tables of an undo', () => {
  it('touches what any node knows as truncated, and nothing that was not reached or that the restore made', () => {
    const states = { 'shop.users': 'truncated', 'shop.hits': 'staged', 'shop.made': 'imported' } as const;

    expect(namesOf(touchedTables(undone, journals(states)))).to.deep.equal(['users']);
  });

  it('takes a truncate of unknown end for done where it left a snapshot, else for not done', () => {
    const states = { 'shop.users': 'truncating', 'shop.hits': 'truncating' } as const;

    const touched = touchedTables(undone, journals(states, { 'shop.users': true, 'shop.hits': false }));

    expect(namesOf(touched)).to.deep.equal(['users']);
  });

  it('leaves alone what some node has not begun to truncate: there is no snapshot of what it holds', () => {
    const [first] = journals({ 'shop.users': 'truncating' }, { 'shop.users': true }).get('pod-0') ?? [];
    const [second] = journals({ 'shop.users': 'staged' }).get('pod-0') ?? [];
    const both = new Map([
      ['pod-0', first ? [first] : []],
      ['pod-1', second ? [second] : []],
    ]);

    expect(touchedTables(undone, both)).to.deep.equal([]);
  });

  it('touches an empty table of which the views may be dropped already', () => {
    const view = { keyspace: 'shop', table: 'users', view: 'by_name', statement: 'CREATE …' };
    const states = { 'shop.users': 'truncating', 'shop.hits': 'truncating' } as const;

    expect(namesOf(touchedTables({ ...undone, views: [view] }, journals(states)))).to.deep.equal(['users']);
  });

  it('goes on with just the tables that it began with, whatever the finished journals of the restore say', () => {
    const resumed = { ...emptyPlan, undoes: undone.id, tables: [table('hits'), table('of_hits', 'view')] };
    const known = journals({ 'shop.users': 'cleaned', 'shop.hits': 'cleaned' });

    expect(namesOf(tablesToUndo({ plan: undone, resumed: undefined }, known))).to.deep.equal([
      'users',
      'hits',
    ]);
    expect(namesOf(tablesToUndo({ plan: undone, resumed }, known))).to.deep.equal(['hits']);
  });

  describe('of which no journal knows the end of the truncate', () => {
    const users = 'shop.users';
    type Known = readonly [TableState, ...(readonly UndoSnapshot[])];
    const nodes = (...known: readonly Known[]) =>
      new Map(
        known.map(([state, ...snapshots], index) => {
          const [journal] = journals({ [users]: state }).get('pod-0') ?? [];
          return [`pod-${index}`, [{ ...(journal as NodeJournal), undo: new Map([[users, snapshots]]) }]];
        }),
      );
    const auto: UndoSnapshot = { name: 'truncated-1-users', holdsData: true };
    const ours: UndoSnapshot = { name: 'cain-undo-run-1', holdsData: true };

    it('are those that one node alone may have truncated', () => {
      const unsettled = (...known: readonly Known[]) => [...unsettledTables(undone, nodes(...known))];

      expect(unsettled(['truncating', auto], ['truncating'])).to.deep.equal([users]);
      expect(unsettled(['truncated', auto], ['truncating'])).to.deep.equal([]);
      expect(unsettled(['truncating'], ['truncating'])).to.deep.equal([]);
    });

    it('are mixed where a node brings back what it held later', () => {
      const mixed = (...known: readonly Known[]) => [...mixedTables(undone, nodes(...known))];

      expect(mixed(['truncating', auto], ['truncating', ours])).to.deep.equal([users]);
      expect(mixed(['truncating', auto], ['truncating', auto])).to.deep.equal([]);
      expect(mixed(['truncated', auto], ['truncated', ours])).to.deep.equal([]);
    });
  });
});
