import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { splitStatements, statementKind } from '../../../src/cassandra/cql.ts';
import { type NewNames, rewriteStatement } from '../../../src/cassandra/rewrite-statement.ts';

const id = '01234567-89ab-cdef-0123-456789abcdef';
const names: NewNames = {
  from: 'shop',
  to: 'Copy',
  table: (name) => (name === 'users' ? 'people' : name),
  index: (name) => `new_${name}`,
  tableId: id,
};

describe('rewriting of statements', () => {
  for (const [before, after] of [
    [
      "CREATE KEYSPACE shop WITH replication = {'class': 'shop'}",
      `CREATE KEYSPACE "Copy" WITH replication = {'class': 'shop'}`,
    ],
    [
      'CREATE TYPE shop.users (shop text, a frozen<users>)',
      'CREATE TYPE "Copy".users (shop text, a frozen<users>)',
    ],
    [
      `CREATE TABLE IF NOT EXISTS shop.users (shop text PRIMARY KEY, id int) WITH ID = 60adc090-e6a8-11f1-b5c1-211f21ffd7e7\n AND comment = 'ID = shop.users'`,
      `CREATE TABLE IF NOT EXISTS "Copy".people (shop text PRIMARY KEY, id int) WITH ID = ${id}\n AND comment = 'ID = shop.users'`,
    ],
    ['CREATE TABLE shop.users (id int PRIMARY KEY)', 'CREATE TABLE "Copy".people (id int PRIMARY KEY)'],
    ['ALTER TABLE shop.users DROP x USING TIMESTAMP 1', 'ALTER TABLE "Copy".people DROP x USING TIMESTAMP 1'],
    [
      'CREATE INDEX IF NOT EXISTS i ON shop.users (name)',
      'CREATE INDEX IF NOT EXISTS new_i ON "Copy".people (name)',
    ],
    [
      `CREATE CUSTOM INDEX "I" ON shop.users (name) USING 'x.I'`,
      `CREATE CUSTOM INDEX "new_I" ON "Copy".people (name) USING 'x.I'`,
    ],
    ['CREATE INDEX ON shop.users (name)', 'CREATE INDEX ON "Copy".people (name)'],
    [
      'CREATE MATERIALIZED VIEW IF NOT EXISTS shop.v AS\n SELECT * FROM shop.users WHERE id = 1.5 PRIMARY KEY (id)\n WITH ID = 60adc090-e6a8-11f1-b5c1-211f21ffd7e7',
      `CREATE MATERIALIZED VIEW IF NOT EXISTS "Copy".v AS\n SELECT * FROM "Copy".people WHERE id = 1.5 PRIMARY KEY (id)\n WITH ID = ${id}`,
    ],
    [
      'CREATE FUNCTION shop.users(a int) RETURNS int LANGUAGE java AS $$shop.users$$',
      'CREATE FUNCTION "Copy".users(a int) RETURNS int LANGUAGE java AS $$shop.users$$',
    ],
    [
      'CREATE AGGREGATE shop.total(int) SFUNC plus STYPE int',
      'CREATE AGGREGATE "Copy".total(int) SFUNC plus STYPE int',
    ],
  ] as const) {
    it(`changes the names of ${before.slice(0, 60)}`, () => {
      expect(rewriteStatement(before, names)).to.equal(after);
    });
  }

  it('knows names by their value, however they are written', () => {
    expect(rewriteStatement('CREATE TABLE "shop"."users" (id int PRIMARY KEY)', names)).to.equal(
      'CREATE TABLE "Copy".people (id int PRIMARY KEY)',
    );
    expect(rewriteStatement('CREATE TABLE "Shop".users (id int PRIMARY KEY)', names)).to.contain(
      '"Shop".users',
    );
  });

  it('changes nothing but names and ids of what a real server wrote', () => {
    const directory = new URL('../../fixtures/cassandra/5.0.9/schema.cql/', import.meta.url);
    let tables = 0;
    for (const file of readdirSync(directory)) {
      for (const statement of splitStatements(readFileSync(new URL(file, directory), 'utf8'))) {
        const { kind, keyspace = '', name = '' } = statementKind(statement);
        const same = { from: keyspace, table: (each: string) => each, index: (each: string) => each };
        const renamed = rewriteStatement(statement, { ...same, to: 'other', tableId: id });
        expect(statementKind(renamed).keyspace).to.equal('other');
        if (kind !== 'table' && kind !== 'view') continue;
        tables++;
        expect(statementKind(renamed)).to.include({ kind, name });
        expect(renamed).to.contain(`WITH ID = ${id}\n`);
        const original = /ID = (\S+)/.exec(statement)?.[1];
        expect(
          rewriteStatement(renamed, { ...same, from: 'other', to: keyspace, tableId: original ?? '' }),
        ).to.equal(statement);
      }
    }
    expect(tables).to.be.greaterThan(5);
  });
});
