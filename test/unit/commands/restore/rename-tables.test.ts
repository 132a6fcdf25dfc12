import { expect } from 'chai';
import { type ChosenTables, chooseTables, tablesOf } from '../../../../src/commands/restore/choose-tables.ts';
import { planCreation } from '../../../../src/commands/restore/creation.ts';
import type { LiveSchema } from '../../../../src/commands/restore/live-schema.ts';
import { statementsOf } from '../../../../src/commands/restore/live-schema.ts';
import { renameTables } from '../../../../src/commands/restore/rename-tables.ts';
import { CainError } from '../../../../src/errors.ts';
import { renames } from '../../../../src/settings/renames.ts';
import { keyspaceRecord, tableRecord, viewRecord } from './records.ts';

const newId = () => '99999999-0000-0000-0000-000000000000';
const place = 'CREATE TYPE IF NOT EXISTS shop.place (city text);\n';
const users = tableRecord('shop', 'users', {
  schemaText: `${place}CREATE TABLE IF NOT EXISTS shop.users (id int PRIMARY KEY, name text) WITH ID = 11111111-2222-3333-4444-555555555555;
CREATE INDEX IF NOT EXISTS users_name_idx ON shop.users (name);
CREATE INDEX IF NOT EXISTS by_city ON shop.users (city);\n`,
});
const description = `CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy'};
CREATE TYPE shop.place (city text);
CREATE FUNCTION shop.f(a int) RETURNS int LANGUAGE java AS $$return 1;$$;
CREATE TABLE shop.users (id int PRIMARY KEY);`;
const records = [
  keyspaceRecord('shop', description),
  users,
  viewRecord('shop', 'users_by_name', 'users'),
  viewRecord('shop', 'namesakes', 'users'),
  tableRecord('shop', 'orders'),
  keyspaceRecord('log'),
  tableRecord('log', 'orders', {
    schemaText: 'CREATE TYPE log.place (zip int); CREATE TABLE log.orders (id int PRIMARY KEY);',
  }),
];

function renamed(spec: string, tables: readonly string[] = []): ChosenTables {
  const chosen = chooseTables(records, { keyspaces: [], tables }, 'tag');
  return renameTables(chosen, renames.parse(spec) ?? [], { backup: 'tag', newId });
}

function namesOf(chosen: ChosenTables): string[] {
  return chosen.groups.flatMap(tablesOf).map(({ keyspace, table, original }) => {
    return `${original?.keyspace}.${original?.table} ${keyspace}.${table}`;
  });
}

function problems(spec: string): string {
  try {
    renamed(spec);
  } catch (error) {
    if (error instanceof CainError && error.code === 'CAIN_RESTORE_RENAME') return error.message;
    throw error;
  }
  throw new Error('It was not refused');
}

describe('renaming of tables', () => {
  it('takes a keyspace as a whole: tables, views and indexes keep their names', () => {
    const chosen = renamed('shop=copy');

    expect(namesOf(chosen)).to.deep.equal([
      'shop.orders copy.orders',
      'shop.users copy.users',
      'shop.users_by_name copy.users_by_name',
      'shop.namesakes copy.namesakes',
    ]);
    expect(chosen.isPartial).to.equal(false);
    const [, group] = chosen.groups;
    expect(group?.base.id).to.equal(newId());
    expect(group?.base.original?.id).to.equal(users.id);
    expect(group?.views.map(({ baseTable }) => baseTable)).to.deep.equal(['users', 'users']);
    expect(group?.base.schemaText).to.contain(
      'CREATE INDEX IF NOT EXISTS users_name_idx ON copy.users (name);',
    );
    expect(chosen.keyspaces).to.have.length(1);
    expect(chosen.keyspaces[0]).to.include({ keyspace: 'copy', original: 'shop' });
    expect(chosen.keyspaces[0]?.description).to.contain('CREATE FUNCTION copy.f(a int)');
    expect(chosen.keyspaces[0]?.description).not.to.contain('shop');
  });

  it('takes one table, and nothing else; what may exist once in a keyspace gets a name of its own', () => {
    const chosen = renamed('shop.users=shop.users2');

    expect(namesOf(chosen)).to.deep.equal([
      'shop.users shop.users2',
      'shop.users_by_name shop.users2_by_name',
      'shop.namesakes shop.users2_namesakes',
    ]);
    expect(chosen.isPartial).to.equal(true);
    expect(chosen.groups[0]?.base.schemaText).to.contain('EXISTS users2_name_idx ON shop.users2 (name)');
    expect(chosen.groups[0]?.base.schemaText).to.contain('EXISTS users2_by_city ON shop.users2 (city)');
    expect(chosen.groups[0]?.views[0]?.schemaText).to.contain('FROM shop.users2 WHERE');
  });

  it('counts a rename of a table more than that of its keyspace', () => {
    expect(namesOf(renamed('shop=copy,shop.orders=scratch.old'))).to.include.members([
      'shop.orders scratch.old',
      'shop.users copy.users',
    ]);
  });

  it('names a view as it is told', () => {
    expect(namesOf(renamed('shop.users=shop.u,shop.namesakes=shop.n'))).to.deep.equal([
      'shop.users shop.u',
      'shop.users_by_name shop.u_by_name',
      'shop.namesakes shop.n',
    ]);
  });

  it('makes what it needs in a keyspace that is missing', () => {
    const live: LiveSchema = { keyspaces: new Map(), statements: new Map(), droppedColumns: new Map() };

    const { statements, keyspaces } = planCreation(renamed('shop=copy'), live);

    expect(keyspaces).to.deep.equal(['copy']);
    expect(statements[0]).to.equal(
      "CREATE KEYSPACE IF NOT EXISTS copy WITH replication = {'class': 'SimpleStrategy'}",
    );
    expect(statements.join('\n')).not.to.match(/\bshop\b/);
  });

  it('refuses an index whose name another table has', () => {
    const live: LiveSchema = {
      keyspaces: new Map([['copy', { name: 'copy', replication: {}, tables: [] }]]),
      statements: new Map([['copy', statementsOf('CREATE INDEX by_city ON copy.places (city);')]]),
      droppedColumns: new Map(),
    };

    expect(() => planCreation(renamed('shop=copy'), live))
      .to.throw(CainError, 'copy.by_city of copy.users is the name of an index of copy.places')
      .with.property('code', 'CAIN_RESTORE_SCHEMA');
  });

  it('tells all that is wrong at once', () => {
    const text = problems(
      'shop.nosuch=a.b,nosuch=a,system_auth=b,shop.orders=c.t,log.orders=c.t,shop.users=system.users,shop.users_by_name=d.v',
    );

    expect(text).to.contain('no table shop.nosuch');
    expect(text).to.contain('no keyspace nosuch');
    expect(text).to.contain("system_auth is of Cassandra's own");
    expect(text).to.contain('log.orders as c.t and shop.orders as c.t have one new name');
    expect(text).to.contain("system.users would lie in a keyspace of Cassandra's own");
    expect(text).to.contain('shop.users_by_name is a view and must lie in system');
  });

  for (const [what, spec, text] of [
    ['a name that stays', 'shop.orders=shop.orders', 'shop.orders would keep its name'],
    ['two names for one table', 'shop.orders=a.b,shop.orders=a.c', 'shop.orders has several new names'],
    ['a view without its table', 'shop.namesakes=a.n', 'comes with its table shop.users'],
    ['types that differ and meet', 'shop.users=a.u,log=a', 'Type a.place would be that of'],
    ['a derived name that is too long', `shop.users=a.${'x'.repeat(48)}`, 'more than 48 letters'],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(problems(spec)).to.contain(text);
    });
  }
});
