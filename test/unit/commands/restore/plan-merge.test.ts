import { expect } from 'chai';
import { type LiveSchema, statementsOf } from '../../../../src/commands/restore/live-schema.ts';
import { viewsOf } from '../../../../src/commands/restore/plan-merge.ts';
import { idColumn, tableRecord, viewRecord } from './records.ts';

function liveWith(views: Readonly<Record<string, string>>): LiveSchema {
  const tables = Object.keys(views).map((name) => ({
    keyspace: 'shop',
    name,
    id: '1',
    kind: 'view' as const,
    baseTable: 'users',
    columns: [idColumn],
  }));
  return {
    keyspaces: new Map([['shop', { name: 'shop', replication: {}, tables }]]),
    statements: new Map([['shop', statementsOf(Object.values(views).join('\n'))]]),
    droppedColumns: new Map(),
  };
}

const viewText = (name: string, columns: string): string =>
  `CREATE MATERIALIZED VIEW shop.${name} AS SELECT ${columns} FROM shop.users WHERE id IS NOT NULL PRIMARY KEY (id)`;
const group = {
  keyspace: 'shop',
  base: tableRecord('shop', 'users'),
  views: [viewRecord('shop', 'by_name', 'users')],
};
const statementOf = (views: ReturnType<typeof viewsOf>, name: string) =>
  views.find(({ view }) => view === name)?.statement;

describe('views of a merge', () => {
  it('are made again as they are, those too that the backup does not know', () => {
    const live = liveWith({ by_name: `${viewText('by_name', 'id')};`, newer: `${viewText('newer', '*')};` });

    const views = viewsOf(group, live, []);

    expect(statementOf(views, 'by_name')).to.equal(viewText('by_name', 'id'));
    expect(statementOf(views, 'newer')).to.equal(viewText('newer', '*'));
  });

  it('are made as an earlier run found them before it dropped them', () => {
    const dropped = [
      { keyspace: 'shop', table: 'users', view: 'newer', statement: viewText('newer', 'id') },
      { keyspace: 'shop', table: 'other', view: 'stranger', statement: 'CREATE …' },
    ];

    const views = viewsOf(group, liveWith({}), dropped);

    expect(views.map(({ view }) => view)).to.have.members(['by_name', 'newer']);
    expect(statementOf(views, 'newer')).to.equal(viewText('newer', 'id'));
  });

  it('are made as in the backup where nothing else is known', () => {
    const views = viewsOf(group, liveWith({}), []);

    expect(statementOf(views, 'by_name')).to.contain('CREATE MATERIALIZED VIEW IF NOT EXISTS shop.by_name');
  });
});
