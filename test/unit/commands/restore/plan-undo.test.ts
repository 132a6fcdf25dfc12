import { expect } from 'chai';
import type { JournalPlan } from '../../../../src/cassandra/journal.ts';
import { type LiveSchema, statementsOf } from '../../../../src/commands/restore/live-schema.ts';
import { onceEach, planGroups, snapshotsToBringBack } from '../../../../src/commands/restore/plan-undo.ts';
import { CainError } from '../../../../src/errors.ts';
import { emptyPlan } from '../../../support/journal-plan.ts';
import { idColumn } from './records.ts';

const table = (name: string, kind: 'table' | 'view' = 'table') => ({ keyspace: 'shop', table: name, kind });
const undone: JournalPlan = {
  ...emptyPlan,
  tables: [table('users'), table('by_name', 'view'), table('hits'), table('made')],
  created: ['shop.made'],
};

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

  it('builds views anew where a table gets back what was written since, too', () => {
    const live = liveWith(['users'], ['by_name', 'users']);
    const mixed = new Set(['shop.users']);

    const [group] = planGroups([table('users')], live, { undone, resumed: undefined, mixed });

    expect(namesOf(group?.tables ?? [])).to.deep.equal(['users']);
    expect(group?.rebuiltViews?.map(({ view }) => view)).to.deep.equal(['by_name']);
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

  it('brings back what holds data, and no part of what is there as a whole', () => {
    const part = { name: 'part', holdsData: true, isPart: true };
    const whole = { name: 'whole', holdsData: true };
    const empty = { name: 'empty', holdsData: false };

    expect(snapshotsToBringBack([part, whole, empty])).to.deep.equal(['whole']);
    expect(snapshotsToBringBack([part])).to.deep.equal(['part']);
    expect(snapshotsToBringBack([empty])).to.deep.equal([]);
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
