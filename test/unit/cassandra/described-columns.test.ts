import { expect } from 'chai';
import {
  alteredColumns,
  keyspaceReplication,
  statementId,
  tableColumns,
  viewBase,
  viewColumns,
} from '../../../src/cassandra/described-columns.ts';

const table = `CREATE TABLE IF NOT EXISTS shop."Users" (
    grp int,
    "Id" timeuuid,
    home frozen<tuple<int, text>>,
    prefs map<text, frozen<list<int>>>,
    leader text static,
    v vector<float, 3>,
    PRIMARY KEY ((grp, "Id"), home)
) WITH ID = 60adc090-e6a8-11f1-b5c1-211f21ffd7e7
    AND CLUSTERING ORDER BY (home DESC)`;

const named = (columns: ReturnType<typeof tableColumns>) =>
  columns?.map(({ name, kind, position, type }) => `${name} ${kind} ${position} ${type}`);

describe('columns from CREATE statements', () => {
  it('are as system_schema tells them', () => {
    expect(named(tableColumns(table))).to.deep.equal([
      'grp partition_key 0 int',
      'Id partition_key 1 timeuuid',
      'home clustering 0 frozen<tuple<int, text>>',
      'prefs regular -1 map<text, frozen<list<int>>>',
      'leader static -1 text',
      'v regular -1 vector<float, 3>',
    ]);
  });

  it('take a key that stands with its column, and one without inner parentheses', () => {
    expect(named(tableColumns('CREATE TABLE t (a int PRIMARY KEY, b text)'))).to.deep.equal([
      'a partition_key 0 int',
      'b regular -1 text',
    ]);
    expect(named(tableColumns('CREATE TABLE t (a int, b text, PRIMARY KEY (b, a))'))).to.deep.equal([
      'a clustering 0 int',
      'b partition_key 0 text',
    ]);
  });

  it('are none where no key is told', () => {
    expect(tableColumns('CREATE TABLE t')).to.equal(undefined);
  });

  it('are without those that the same text drops, and with those that came back', () => {
    const columns = tableColumns('CREATE TABLE t (a int PRIMARY KEY, gone text, back text)') ?? [];

    const left = alteredColumns(columns, [
      'ALTER TABLE t DROP gone USING TIMESTAMP 1',
      'ALTER TABLE t DROP back USING TIMESTAMP 2',
      'ALTER TABLE t ADD back map<int, text> static',
    ]);

    expect(named(left)).to.deep.equal(['a partition_key 0 int', 'back static -1 map<int, text>']);
  });

  it('of a view come from its table', () => {
    const view =
      'CREATE MATERIALIZED VIEW shop.v AS SELECT b, a FROM shop.t WHERE a IS NOT NULL PRIMARY KEY ((b), a)';
    const base = tableColumns('CREATE TABLE shop.t (a int PRIMARY KEY, b text, c text)') ?? [];

    expect(viewBase(view)).to.equal('t');
    expect(named(viewColumns(view, base))).to.deep.equal(['a clustering 0 int', 'b partition_key 0 text']);
    expect(named(viewColumns(view.replace('b, a FROM', '* FROM'), base))).to.have.length(3);
  });

  it('come with the id of the table and the replication of the keyspace', () => {
    const keyspace =
      "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '2'}  AND durable_writes = true";

    expect(statementId(table)).to.equal('60adc090-e6a8-11f1-b5c1-211f21ffd7e7');
    expect(keyspaceReplication(keyspace)).to.deep.equal({ class: 'NetworkTopologyStrategy', dc1: '2' });
  });
});
