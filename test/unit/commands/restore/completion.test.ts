import { expect } from 'chai';
import { chooseTables } from '../../../../src/commands/restore/choose-tables.ts';
import { planCompletion } from '../../../../src/commands/restore/completion.ts';
import { type LiveSchema, statementsOf } from '../../../../src/commands/restore/live-schema.ts';
import { idColumn, keyspaceRecord, tableRecord } from './records.ts';

const gone = { name: 'gone', kind: 'regular', position: -1, type: 'text' };
const drop = 'ALTER TABLE shop.users DROP gone USING TIMESTAMP 5000';
const index = 'CREATE INDEX IF NOT EXISTS users_name ON shop.users (name)';
const users = tableRecord('shop', 'users', {
  schemaText: `CREATE TABLE IF NOT EXISTS shop.users (id int PRIMARY KEY, gone text) WITH ID = 1;\n${drop};\n${index};\n`,
});

function liveWith({ indexes = '', columns = [idColumn], id = users.id, droppedAt = 5 }): LiveSchema {
  const table = { keyspace: 'shop', name: 'users', id, kind: 'table' as const, columns };
  return {
    keyspaces: new Map([['shop', { name: 'shop', replication: {}, tables: [table] }]]),
    statements: new Map([
      ['shop', statementsOf(`CREATE TABLE shop.users (id int PRIMARY KEY);\n${indexes}`)],
    ]),
    droppedColumns: new Map([['shop.users', new Map(droppedAt ? [['gone', droppedAt]] : [])]]),
  };
}

/** A column that was dropped and came back is created, dropped and added again in a snapshot's schema.cql. */
function returned(added: string) {
  return tableRecord('shop', 'users', {
    columns: [idColumn, gone],
    schemaText: `CREATE TABLE IF NOT EXISTS shop.users (id int PRIMARY KEY, gone text, other text) WITH ID = 1;\n${drop};\n${added}ALTER TABLE shop.users DROP other USING TIMESTAMP 7000;\nALTER TABLE shop.users ADD other text;\n`,
  });
}

function plan(live: LiveSchema, mayComplete = true, table = users) {
  const chosen = chooseTables([keyspaceRecord('shop'), table], { keyspaces: [], tables: [] }, 'tag');
  return planCompletion(chosen, live, () => mayComplete);
}

const asIt = 'CREATE INDEX users_name ON shop.users (name);';

describe('completion of tables that are there', () => {
  it('finds nothing to do where they are as in the backup', () => {
    expect(plan(liveWith({ indexes: asIt }))).to.deep.equal({ statements: [], completed: [], unlike: [] });
  });

  // Each table looked for among all of them would take minutes.
  it('looks through tens of thousands of tables', function () {
    this.timeout(30_000);
    const records = Array.from({ length: 30_000 }, (_, index) =>
      tableRecord('shop', `t${index}`, { schemaText: `CREATE INDEX i${index} ON shop.t${index} (x);` }),
    );
    const chosen = chooseTables([keyspaceRecord('shop'), ...records], { keyspaces: [], tables: [] }, 'tag');
    const tables = records.map(({ table, id, columns }) => ({
      keyspace: 'shop',
      name: table,
      id,
      kind: 'table' as const,
      columns,
    }));
    const live = {
      keyspaces: new Map([['shop', { name: 'shop', replication: {}, tables }]]),
      statements: new Map([['shop', statementsOf(records.map(({ schemaText }) => schemaText).join('\n'))]]),
      droppedColumns: new Map(),
    };

    const { completed, unlike } = planCompletion(chosen, live, () => false);

    expect([completed, unlike]).to.deep.equal([[], []]);
  });

  it('makes what a creation that failed half way has left out', () => {
    const live = liveWith({ columns: [idColumn, gone], droppedAt: 0 });

    const { statements, completed, unlike } = plan(live);

    expect(statements).to.deep.equal([drop, index]);
    expect(completed).to.deep.equal([`shop.users: ${drop}`, `shop.users: ${index}`]);
    expect(unlike).to.deep.equal([]);
  });

  it('adds a column again that it drops, where the backup has it', () => {
    const live = liveWith({ columns: [idColumn, gone], droppedAt: 0 });
    const add = 'ALTER TABLE shop.users ADD gone text static';

    const { statements, completed, unlike } = plan(live, true, returned(`${add};\n`));

    expect(statements).to.deep.equal([drop, add]);
    expect(completed).to.deep.equal([`shop.users: ${drop}`, `shop.users: ${add}`]);
    expect(unlike).to.deep.equal([]);
  });

  it('drops no column of the backup that it would not add again', () => {
    const live = liveWith({ columns: [idColumn, gone], droppedAt: 0 });

    const { statements, unlike } = plan(live, true, returned(''));

    expect(statements).to.deep.equal([]);
    expect(unlike).to.have.length(1);
  });

  it('tells once of a column that a table has as if it had never been dropped', () => {
    const live = liveWith({ columns: [idColumn, gone], droppedAt: 0 });

    const { statements, unlike } = plan(live, false, returned('ALTER TABLE shop.users ADD gone text;\n'));

    expect(statements).to.deep.equal([]);
    expect(unlike).to.deep.equal([
      'shop.users has column gone, which the backup had dropped: values of before the drop may come back',
    ]);
  });

  for (const [what, more, mayComplete] of [
    ['holds something', {}, false],
    ['was created anew', { id: 'other' }, true],
  ] as const) {
    it(`only tells what a table lacks that ${what}`, () => {
      const { statements, unlike } = plan(
        liveWith({ columns: [idColumn, gone], droppedAt: 0, ...more }),
        mayComplete,
      );

      expect(statements).to.deep.equal([]);
      expect(unlike).to.deep.equal([
        'shop.users has column gone, which the backup had dropped: values of before the drop may come back',
        `shop.users lacks index users_name: ${index}`,
      ]);
    });
  }

  it('tells of an index that the backup has not, and of a name that another table has taken', () => {
    const live = liveWith({
      indexes: 'CREATE INDEX users_name ON shop.orders (name); CREATE INDEX newer ON shop.users (id);',
    });

    expect(plan(live)).to.deep.equal({
      statements: [],
      completed: [],
      unlike: [
        `shop.users lacks index users_name: ${index}`,
        'shop.users has index newer, which the backup has not: it is built while files are imported',
      ],
    });
  });
});
