import type {
  SchemaColumnRecord,
  SchemaKeyspaceRecord,
  SchemaTableRecord,
} from '../../../../src/store/schema-records.ts';

/** Schema records as a backup would hold them. */
export function keyspaceRecord(
  keyspace: string,
  description = `CREATE KEYSPACE ${keyspace} WITH x = y;`,
): SchemaKeyspaceRecord {
  return { kind: 'keyspace', keyspace, sum: 'abcdef', description };
}

export const idColumn: SchemaColumnRecord = { name: 'id', kind: 'partition_key', position: 0, type: 'int' };

export function tableRecord(
  keyspace: string,
  table: string,
  more: Partial<SchemaTableRecord> = {},
): SchemaTableRecord {
  const id = '11111111-2222-3333-4444-555555555555';
  return {
    kind: 'table',
    keyspace,
    table,
    id,
    type: 'table',
    columns: [idColumn],
    schemaText: `CREATE TABLE IF NOT EXISTS ${keyspace}.${table} (id int PRIMARY KEY) WITH ID = ${id};\n`,
    ...more,
  };
}

export function viewRecord(keyspace: string, view: string, baseTable: string): SchemaTableRecord {
  return tableRecord(keyspace, view, {
    type: 'view',
    baseTable,
    schemaText: `CREATE MATERIALIZED VIEW IF NOT EXISTS ${keyspace}.${view} AS SELECT * FROM ${keyspace}.${baseTable} WHERE id IS NOT NULL PRIMARY KEY (id);\n`,
  });
}
