import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { parseSchemaRecord, type SchemaRecord, schemaRecordLine } from '../../../src/store/schema-records.ts';

const keyspace: SchemaRecord = {
  kind: 'keyspace',
  keyspace: 'shop',
  sum: '8f8436',
  description: '\nCREATE KEYSPACE shop …;\n',
};

const view: SchemaRecord = {
  kind: 'table',
  keyspace: 'shop',
  table: 'by_grp',
  id: 'b9adde90-e65e-11f1-8eba-273eb4912511',
  type: 'view',
  baseTable: 'mvbase',
  columns: [{ name: 'grp', kind: 'partition_key', position: 0, type: 'int' }],
  schemaText: 'CREATE MATERIALIZED VIEW …;\n',
};

describe('schema records', () => {
  for (const record of [keyspace, view]) {
    it(`reads a ${record.kind} back as it was written`, () => {
      const line = JSON.parse(JSON.stringify(schemaRecordLine(record)));

      expect(parseSchemaRecord(line, 'line 1')).to.deep.equal(record);
    });
  }

  it('leaves out the base table of a table', () => {
    const { baseTable: _, ...table } = view;

    expect(schemaRecordLine(table)).not.to.have.property('baseTable');
  });

  for (const line of [null, { kind: 'index' }, { kind: 'table', keyspace: 'shop' }]) {
    it(`refuses ${JSON.stringify(line)}`, () => {
      expect(() => parseSchemaRecord(line, 'line 1'))
        .to.throw(CainError)
        .with.property('code', 'CAIN_FORMAT');
    });
  }

  it('refuses names that would lead out of a staging, and ids of no table', () => {
    for (const member of ['keyspace', 'table', 'baseTable', 'id']) {
      for (const name of ['', '..', '../../etc', 'a/b', 'a b', 'a\n', "a'"]) {
        const line = { ...schemaRecordLine(view), [member]: name };

        expect(() => parseSchemaRecord(line, 'line 1'), `${member} ${name}`).to.throw('line 1');
      }
    }
  });
});
