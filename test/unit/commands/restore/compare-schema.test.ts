import { expect } from 'chai';
import type { SchemaTable } from '../../../../src/cassandra/schema.ts';
import { chooseTables } from '../../../../src/commands/restore/choose-tables.ts';
import {
  type ComparisonOptions,
  checkSchema,
  compareSchema,
} from '../../../../src/commands/restore/compare-schema.ts';
import { type LiveSchema, statementsOf } from '../../../../src/commands/restore/live-schema.ts';
import { CainError } from '../../../../src/errors.ts';
import type { SchemaTableRecord } from '../../../../src/store/schema-records.ts';
import { idColumn, keyspaceRecord, tableRecord, viewRecord } from './records.ts';

const name = { name: 'name', kind: 'regular', position: -1, type: 'text' };
const users = tableRecord('shop', 'users', {
  columns: [idColumn, name],
  schemaText: 'CREATE TABLE IF NOT EXISTS shop.users (id int PRIMARY KEY, name text) WITH ID = 1;',
});

function liveTable(record: SchemaTableRecord, more: Partial<SchemaTable> = {}): SchemaTable {
  const { keyspace, table, id, type, columns, baseTable } = record;
  return {
    keyspace,
    name: table,
    id,
    kind: type,
    columns,
    ...(baseTable === undefined ? {} : { baseTable }),
    ...more,
  };
}

function liveWith(
  tables: readonly SchemaTable[],
  description = 'CREATE TABLE shop.users (id int PRIMARY KEY, name text);',
  droppedColumns: LiveSchema['droppedColumns'] = new Map(),
): LiveSchema {
  return {
    keyspaces: new Map([['shop', { name: 'shop', replication: {}, tables }]]),
    statements: new Map([['shop', statementsOf(description)]]),
    droppedColumns,
  };
}

function compare(records: readonly SchemaTableRecord[], live: LiveSchema, options?: ComparisonOptions) {
  const chosen = chooseTables([keyspaceRecord('shop'), ...records], { keyspaces: [], tables: [] }, 'tag');
  return compareSchema(chosen, live, options);
}

describe('comparison of schemas', () => {
  it('finds nothing in the same schema, nor in tables that are missing', () => {
    const nothing = { differences: [], notes: [], diff: [] };

    expect(compare([users], liveWith([liveTable(users)]))).to.deep.equal(nothing);
    expect(compare([users], liveWith([]))).to.deep.equal(nothing);
  });

  // Each table looked for among all of them would take minutes.
  it('compares tens of thousands of tables', function () {
    this.timeout(30_000);
    const records = Array.from({ length: 30_000 }, (_, index) => tableRecord('shop', `t${index}`));
    const description = records.map(({ schemaText }) => schemaText).join('');

    const comparison = compare(
      records,
      liveWith(
        records.map((record) => liveTable(record)),
        description,
      ),
    );

    expect(comparison).to.deep.equal({ differences: [], notes: [], diff: [] });
  });

  it('tells of new columns, new ids and new fields of a type', () => {
    const schemaText = `CREATE TYPE IF NOT EXISTS shop.place (city text);\n${users.schemaText}`;
    const extra = { ...name, name: 'extra' };
    const live = liveWith(
      [liveTable(users, { id: 'other', columns: [...users.columns, extra] })],
      'CREATE TYPE shop.place (city text, zip int); CREATE TABLE shop.users (id int PRIMARY KEY);',
    );

    const { differences, notes, diff } = compare([{ ...users, schemaText }], live);

    expect(diff).to.deep.equal([
      '--- type shop.place in the backup',
      '+++ type shop.place in the cluster',
      '  city text',
      '+ zip int',
      '--- shop.users in the backup',
      '+++ shop.users in the cluster',
      '+ extra text',
      '  id int',
      '  name text',
      '  PRIMARY KEY ((id))',
    ]);
    expect(differences).to.deep.equal([]);
    expect(notes).to.deep.equal([
      'Type shop.place has new fields: zip int',
      'shop.users was dropped and created again since the backup',
      'shop.users has a new column extra: it will be empty',
    ]);
  });

  for (const [what, live, difference] of [
    [
      'a column that is missing',
      liveWith([liveTable(users, { columns: [idColumn] })]),
      'shop.users lacks column name (text)',
    ],
    [
      'a column of another type',
      liveWith([liveTable(users, { columns: [idColumn, { ...name, type: 'int' }] })]),
      'shop.users: column name is int, in the backup text',
    ],
    [
      'a column that became static',
      liveWith([liveTable(users, { columns: [idColumn, { ...name, kind: 'static' }] })]),
      'shop.users: column name is static text, in the backup text',
    ],
    [
      'a view in place of a table',
      liveWith([liveTable(users, { kind: 'view', baseTable: 'people' })]),
      'shop.users is a view of people, in the backup a table',
    ],
    [
      'another order of clustering',
      liveWith([liveTable(users)], 'CREATE TABLE shop.users (id int) WITH CLUSTERING ORDER BY (name DESC);'),
      'shop.users is clustered in another order by name',
    ],
    [
      'a view that the backup does not hold',
      liveWith([liveTable(users), liveTable(viewRecord('shop', 'by_name', 'users'))]),
      'shop.by_name is a view of users that the backup does not hold: it would be emptied and not filled again',
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      const comparison = compare([users], live);

      expect(comparison.differences).to.deep.equal([difference]);
      expect(() => checkSchema(comparison))
        .to.throw(CainError, difference)
        .with.property('code', 'CAIN_RESTORE_SCHEMA');
    });
  }

  it('shows what it refuses as a diff in the words of CQL', () => {
    const live = liveWith([liveTable(users, { columns: [idColumn, { ...name, type: 'int' }] })]);

    expect(() => checkSchema(compare([users], live))).to.throw(
      '\n  - name text\n  + name int\n    PRIMARY KEY',
    );
  });

  it('refuses a type whose fields are others', () => {
    const schemaText = `CREATE TYPE IF NOT EXISTS shop.place (city text);\n${users.schemaText}`;
    const live = liveWith([liveTable(users)], 'CREATE TYPE shop.place (town text);');

    expect(compare([{ ...users, schemaText }], live).differences).to.deep.equal([
      'Type shop.place is (town text), in the backup (city text)',
    ]);
  });

  it('wants a record of every column that the backup had dropped', () => {
    const schemaText = `${users.schemaText}\nALTER TABLE shop.users DROP old USING TIMESTAMP 1;`;
    const record = { ...users, schemaText };

    const never = compare([record], liveWith([liveTable(users, { id: 'other' })]));
    const dropped = compare(
      [record],
      liveWith([liveTable(users)], '', new Map([['shop.users', new Map([['old', 0]])]])),
    );

    expect(never.differences).to.deep.equal([
      "shop.users never had column old, which the backup's files may hold",
    ]);
    expect(dropped.differences).to.deep.equal([]);
  });

  describe('of a column that was dropped since the backup', () => {
    const backedUpAt = Date.UTC(2026, 10, 22);
    const droppedAt = (time: number) => new Map([['shop.users', new Map([['name', time]])]]);
    const alterations = `ALTER TABLE shop.users DROP name USING TIMESTAMP ${backedUpAt * 1000 + 999};\nALTER TABLE shop.users ADD name text;`;
    const cameBack = { ...users, schemaText: `${users.schemaText}\n${alterations}` };

    it('refuses it when it was added again: what the backup holds of it would not be shown', () => {
      const live = liveWith([liveTable(users)], '', droppedAt(backedUpAt));

      expect(compare([users], live).differences).to.deep.equal([
        'shop.users: column name was dropped and added again: Cassandra would show no value of the backup in it',
      ]);
    });

    it('gives one node what it lost: no other node shows more', () => {
      const live = liveWith([liveTable(users)], '', droppedAt(backedUpAt));

      expect(compare([users], live, { isAlone: true }).differences).to.deep.equal([]);
    });

    it('takes it where the backup was made after the drop', () => {
      const live = liveWith([liveTable(users)], '', droppedAt(backedUpAt));

      expect(compare([cameBack], live).differences).to.deep.equal([]);
    });

    it('refuses it when it was dropped once more', () => {
      const live = liveWith([liveTable(users)], '', droppedAt(backedUpAt + 1));

      expect(compare([cameBack], live).differences).to.have.length(1);
    });

    it('does not advise to add it where it is missing', () => {
      const live = liveWith([liveTable(users, { columns: [idColumn] })], '', droppedAt(backedUpAt));

      expect(compare([users], live).differences).to.deep.equal([
        'shop.users lacks column name (text); it was dropped, and adding it again would not bring its values back',
      ]);
    });
  });
});
