import { expect } from 'chai';
import {
  addedColumn,
  descendingColumns,
  droppedColumn,
  isCompactionDisabled,
  tableOption,
  typeFields,
  withIfNotExists,
  withReplication,
} from '../../../src/cassandra/create-statements.ts';

const table = `CREATE TABLE shop.orders (
    cust int,
    "Oid" timeuuid,
    note text,
    PRIMARY KEY (cust, "Oid", note)
) WITH CLUSTERING ORDER BY ("Oid" DESC, note ASC)
    AND comment = 'x AND allow_auto_snapshot = true'
    AND allow_auto_snapshot = false
    AND compaction = {'class': 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy', 'enabled': 'false'}
    AND gc_grace_seconds = 864000`;

describe('create statements', () => {
  it('give the fields of a type', () => {
    const fields = typeFields(
      'CREATE TYPE shop.address (\n    street text,\n    "Zip" frozen<tuple<int,   text>>,\n    m map<text, frozen<list<int>>>\n)',
    );

    expect(fields).to.deep.equal([
      { name: 'street', type: 'text' },
      { name: 'Zip', type: 'frozen<tuple<int,text>>' },
      { name: 'm', type: 'map<text,frozen<list<int>>>' },
    ]);
  });

  it('give the columns in descending order', () => {
    expect([...descendingColumns(table)]).to.deep.equal(['Oid']);
    expect([...descendingColumns('CREATE TABLE shop.t (id int PRIMARY KEY)')]).to.deep.equal([]);
  });

  it('give options, and are not deceived by a comment', () => {
    expect(tableOption(table, 'allow_auto_snapshot')).to.equal('false');
    expect(tableOption(table, 'gc_grace_seconds')).to.equal('864000');
    expect(tableOption(table, 'cdc')).to.equal(undefined);
    expect(isCompactionDisabled(table)).to.equal(true);
    expect(isCompactionDisabled(table.replace("'false'", "'true'"))).to.equal(false);
  });

  it('give the column that an ALTER TABLE drops', () => {
    expect(droppedColumn('ALTER TABLE shop.t DROP "Old" USING TIMESTAMP 1795374627745123')).to.deep.equal({
      name: 'Old',
      droppedAtMs: 1795374627745,
    });
    expect(droppedColumn('ALTER TABLE shop.t ADD x int')).to.equal(undefined);
  });

  it('give the column that an ALTER TABLE adds', () => {
    expect(addedColumn('ALTER TABLE shop.t ADD "Old" int static')).to.equal('Old');
    expect(addedColumn('ALTER TABLE "add".t DROP "add" USING TIMESTAMP 1')).to.equal(undefined);
  });

  for (const [before, after] of [
    ['CREATE KEYSPACE shop WITH x', 'CREATE KEYSPACE IF NOT EXISTS shop WITH x'],
    ['CREATE TYPE shop.a (b int)', 'CREATE TYPE IF NOT EXISTS shop.a (b int)'],
    ['CREATE TYPE IF NOT EXISTS shop.a (b int)', 'CREATE TYPE IF NOT EXISTS shop.a (b int)'],
    ['CREATE FUNCTION shop.f(a int)', 'CREATE FUNCTION IF NOT EXISTS shop.f(a int)'],
    ['CREATE INDEX i ON shop.t (a)', 'CREATE INDEX i ON shop.t (a)'],
  ] as const) {
    it(`become harmless: ${before}`, () => {
      expect(withIfNotExists(before)).to.equal(after);
    });
  }

  it('give a keyspace another replication', () => {
    const was =
      "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'x': '}'}  AND durable_writes = true";

    expect(withReplication(was, { class: 'NetworkTopologyStrategy', "d'c": '3' })).to.equal(
      "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'd''c': '3'}  AND durable_writes = true",
    );
  });
});
