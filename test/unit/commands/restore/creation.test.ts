import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { chooseTables } from '../../../../src/commands/restore/choose-tables.ts';
import { planCreation } from '../../../../src/commands/restore/creation.ts';
import { type LiveSchema, statementsOf } from '../../../../src/commands/restore/live-schema.ts';
import { CainError } from '../../../../src/errors.ts';
import { idColumn, keyspaceRecord, tableRecord, viewRecord } from './records.ts';

const description = `
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'};
CREATE TYPE shop.place (city text);
CREATE TYPE shop.address (home frozen<place>);
CREATE FUNCTION shop.plus(a int, b int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS $$return a; // ;$$;
CREATE AGGREGATE shop.total(int) SFUNC plus STYPE int;
CREATE TABLE shop.users (id int PRIMARY KEY, old text);
CREATE MATERIALIZED VIEW shop.by_id AS SELECT * FROM shop.users WHERE id IS NOT NULL PRIMARY KEY (id);
`;
const users = tableRecord('shop', 'users', {
  schemaText: `CREATE TYPE IF NOT EXISTS shop.place (city text);
CREATE TABLE IF NOT EXISTS shop.users (id int PRIMARY KEY, old text) WITH ID = 1;
ALTER TABLE shop.users DROP old USING TIMESTAMP 1;
CREATE INDEX IF NOT EXISTS i ON shop.users (name);`,
});
const records = [keyspaceRecord('shop', description), viewRecord('shop', 'by_id', 'users'), users];
const empty: LiveSchema = { keyspaces: new Map(), statements: new Map(), droppedColumns: new Map() };

function plan(live: LiveSchema, tables: readonly string[] = []) {
  return planCreation(chooseTables(records, { keyspaces: [], tables }, 'tag'), live);
}

/** The first words of each statement. */
function heads(statements: readonly string[]): string[] {
  return statements.map((statement) => /^((?:[A-Z]+ )+\S+)/.exec(statement)?.[1] ?? statement);
}

describe('creation of what is missing', () => {
  it('makes a keyspace in an order in which each finds what it needs', () => {
    const { statements, keyspaces, tables } = plan(empty);

    expect(heads(statements)).to.deep.equal([
      'CREATE KEYSPACE IF NOT EXISTS shop',
      'CREATE TYPE IF NOT EXISTS shop.place',
      'CREATE TYPE IF NOT EXISTS shop.address',
      'CREATE FUNCTION IF NOT EXISTS shop.plus(a',
      'CREATE AGGREGATE IF NOT EXISTS shop.total(int)',
      'CREATE TYPE IF NOT EXISTS shop.place',
      'CREATE TABLE IF NOT EXISTS shop.users',
      'ALTER TABLE shop.users',
      'CREATE INDEX IF NOT EXISTS i',
      'CREATE MATERIALIZED VIEW IF NOT EXISTS shop.by_id',
    ]);
    expect(keyspaces).to.deep.equal(['shop']);
    expect(tables.map(({ table }) => table)).to.deep.equal(['users', 'by_id']);
  });

  it('makes what is missing in a keyspace that is there', () => {
    const live: LiveSchema = {
      keyspaces: new Map([['shop', { name: 'shop', replication: {}, tables: [], completed: [] }]]),
      statements: new Map([
        [
          'shop',
          statementsOf(
            'CREATE KEYSPACE shop WITH x = 1; CREATE TYPE shop.place (city text, zip int); CREATE FUNCTION shop.plus(a int) RETURNS int;',
          ),
        ],
      ]),
      droppedColumns: new Map(),
    };

    expect(heads(plan(live).statements).slice(0, 3)).to.deep.equal([
      'CREATE TYPE IF NOT EXISTS shop.address',
      'CREATE FUNCTION IF NOT EXISTS shop.plus(a',
      'CREATE AGGREGATE IF NOT EXISTS shop.total(int)',
    ]);
    expect(heads(plan(live, ['shop.users']).statements)[0], 'of single tables only what they need').to.equal(
      'CREATE TYPE IF NOT EXISTS shop.place',
    );
  });

  it('makes nothing where all is there', () => {
    const tables = [users, viewRecord('shop', 'by_id', 'users')].map(({ keyspace, table, id, type }) => ({
      keyspace,
      name: table,
      id,
      kind: type,
      columns: [idColumn],
    }));
    const live: LiveSchema = {
      keyspaces: new Map([['shop', { name: 'shop', replication: {}, tables }]]),
      statements: new Map([['shop', statementsOf(description)]]),
      droppedColumns: new Map(),
    };

    expect(plan(live)).to.deep.equal({ statements: [], keyspaces: [], tables: [], completed: [] });
  });

  it('refuses a table that CQL can not describe', () => {
    const odd = tableRecord('shop', 'odd', { schemaText: '/*\nWarning: Table shop.odd omitted\n*/\n' });
    const chosen = chooseTables(
      [keyspaceRecord('shop', description), odd],
      { keyspaces: [], tables: [] },
      'tag',
    );

    expect(() => planCreation(chosen, empty))
      .to.throw(CainError)
      .with.property('code', 'CAIN_RESTORE_SCHEMA');
  });

  it("takes the snapshot's schema.cql of real tables", () => {
    const directory = new URL('../../../fixtures/cassandra/5.0.9/schema.cql/', import.meta.url);
    const text = (name: string) => readFileSync(new URL(name, directory), 'utf8');
    const chosen = chooseTables(
      [
        keyspaceRecord('shop', description),
        tableRecord('shop', 'users', { schemaText: text('shop.users.cql') }),
        tableRecord('shop', 'sasi', { schemaText: text('shop.sasi.cql') }),
      ],
      { keyspaces: [], tables: [] },
      'tag',
    );

    const { statements } = planCreation(chosen, empty);

    expect(statements.join('\n')).to.contain('WITH ID = b73f76a0-e65e-11f1-8eba-273eb4912511');
    expect(heads(statements)).to.include('CREATE CUSTOM INDEX IF NOT EXISTS sasi_title');
  });

  for (const hostile of [
    'DROP KEYSPACE accounts',
    "COPY shop.users TO '/tmp/x'",
    "SOURCE '/etc/passwd'",
    'ALTER TABLE accounts.users DROP name',
    'CREATE INDEX j ON accounts.users (name)',
    'CREATE TABLE shop.other (id int PRIMARY KEY)',
    'CREATE ROLE r WITH SUPERUSER = true AND LOGIN = true',
    'GRANT ALL ON ALL KEYSPACES TO cain',
    'TRUNCATE accounts.users',
  ]) {
    it(`runs nothing of a backup but what makes its tables: ${hostile}`, () => {
      const altered = { ...users, schemaText: `${users.schemaText}\n${hostile};` };
      const chosen = chooseTables(
        [keyspaceRecord('shop', description), altered],
        { keyspaces: [], tables: [] },
        'tag',
      );

      expect(() => planCreation(chosen, empty))
        .to.throw(CainError, 'none of that table')
        .with.property('code', 'CAIN_RESTORE_SCHEMA');
    });

    it(`nor anything of a description beside the keyspace: ${hostile}`, () => {
      const text = `${description}\n${hostile};\nCREATE TYPE accounts.t (a int);`;
      const chosen = chooseTables(
        [keyspaceRecord('shop', text), users],
        { keyspaces: [], tables: [] },
        'tag',
      );

      const { statements } = planCreation(chosen, empty);

      expect(statements.filter((statement) => /accounts|COPY|SOURCE|ROLE|GRANT|other/.test(statement))).to.be
        .empty;
    });
  }
});
