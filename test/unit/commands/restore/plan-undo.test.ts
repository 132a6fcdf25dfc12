import { expect } from 'chai';
import type { JournalPlan, NodeJournal, TableState } from '../../../../src/cassandra/journal.ts';
import { type LiveSchema, statementsOf } from '../../../../src/commands/restore/live-schema.ts';
import {
  onceEach,
  planGroups,
  tablesToUndo,
  touchedTables,
} from '../../../../src/commands/restore/plan-undo.ts';
import { CainError } from '../../../../src/errors.ts';
import { emptyPlan } from '../../../support/journal-plan.ts';
import { idColumn } from './records.ts';

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

function liveWith(...tables: ReadonlyArray<readonly [name: string, baseTable?: string]>): LiveSchema {
  const all = tables.map(([name, baseTable]) => ({
    keyspace: 'shop',
    name,
    id: '1-2',
    kind: baseTable === undefined ? ('table' as const) : ('view' as const),
    columns: [idColumn],
    ...(baseTable === undefined ? {} : { baseTable }),
  }));
  const text = tables.map(([name, base]) =>
    base === undefined
      ? `CREATE TABLE shop.${name} (id int PRIMARY KEY);`
      : `CREATE MATERIALIZED VIEW shop.${name} AS SELECT * FROM shop.${base} WHERE id IS NOT NULL PRIMARY KEY (id);`,
  );
  return {
    keyspaces: new Map([['shop', { name: 'shop', replication: {}, tables: all }]]),
    statements: new Map([['shop', statementsOf(text.join('\n'))]]),
    droppedColumns: new Map(),
  };
}

const namesOf = (tables: ReadonlyArray<{ readonly table: string }>) => tables.map((each) => each.table);

describe('plan of an undo', () => {
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

  it('brings views back with their table, and builds those anew that a merge has built anew', () => {
    const live = liveWith(['users'], ['by_name', 'users']);

    const [replaced] = planGroups([table('users')], live, { undone, resumed: undefined });
    const [merged] = planGroups([table('users')], live, {
      undone: { ...undone, isMerge: true },
      resumed: undefined,
    });

    expect(namesOf(replaced?.tables ?? [])).to.deep.equal(['users', 'by_name']);
    expect(replaced?.rebuiltViews).to.deep.equal([]);
    expect(namesOf(merged?.tables ?? [])).to.deep.equal(['users']);
    expect(merged?.rebuiltViews?.map(({ view }) => view)).to.deep.equal(['by_name']);
  });

  it('makes a view again that an earlier run of it had dropped', () => {
    const view = { keyspace: 'shop', table: 'users', view: 'by_name', statement: 'CREATE …' };
    const resumed = { ...emptyPlan, undoes: undone.id, views: [view] };

    const [group] = planGroups([table('users')], liveWith(['users']), { undone, resumed });

    expect(group?.rebuiltViews).to.deep.equal([view]);
  });

  it('builds anew what an earlier run of it has dropped, though it is there again', () => {
    const view = { keyspace: 'shop', table: 'users', view: 'by_name', statement: 'CREATE …' };
    const resumed = { ...emptyPlan, undoes: undone.id, tables: [table('users')], views: [view] };
    const live = liveWith(['users'], ['by_name', 'users']);

    const [group] = planGroups([table('users')], live, { undone, resumed });

    expect(namesOf(group?.tables ?? [])).to.deep.equal(['users']);
    expect(group?.rebuiltViews?.map((each) => each.view)).to.deep.equal(['by_name']);
  });

  it('takes a view that came after it had begun for none of its own', () => {
    const resumed = { ...emptyPlan, undoes: undone.id, tables: [table('users')] };
    const live = liveWith(['users'], ['by_name', 'users']);

    expect(() => planGroups([table('users')], live, { undone, resumed })).to.throw(
      CainError,
      'shop.by_name was made since',
    );
  });

  it('brings back once what several snapshots hold', () => {
    const inBoth = { file: 'nb-1-big-Data.db', sizeBytes: 5 };
    const found = [
      { snapshot: '/d/s', ...inBoth },
      { snapshot: '/d/s.2', ...inBoth },
      { snapshot: '/d/s.2', file: 'nb-2-big-Data.db', sizeBytes: 6 },
      { snapshot: '/d/of-another-table', ...inBoth },
    ];
    const directories = new Map([
      ['/d/s', '/d'],
      ['/d/s.2', '/d'],
    ]);

    expect(onceEach(found, directories).map(({ file }) => file)).to.deep.equal([
      'nb-1-big-Data.db',
      'nb-2-big-Data.db',
    ]);
  });

  it('refuses where a table is gone, or a view is new that it would empty', () => {
    const plan = (live: LiveSchema) => () =>
      planGroups([table('users')], live, { undone, resumed: undefined });

    const ids = new Map([['shop.users', '99']]);
    const other = () =>
      planGroups([table('users')], liveWith(['users']), { undone, resumed: undefined, ids });

    expect(other).to.throw(CainError, 'shop.users was dropped and created again');
    expect(plan(liveWith(['hits']))).to.throw(CainError, 'shop.users was dropped');
    expect(plan(liveWith(['users'], ['newer', 'users'])))
      .to.throw(CainError, 'shop.newer was made since')
      .with.property('code', 'CAIN_RESTORE_UNDO');
  });
});
