import { type RecordReader, readRecord } from '../record.ts';
import { cqlName, dashedId, sumForm } from './record-forms.ts';

/** A keyspace as the backup found it. */
export interface SchemaKeyspaceRecord {
  readonly kind: 'keyspace';
  readonly keyspace: string;
  /** First 6 hex digits of the SHA-256 of `description`. */
  readonly sum: string;
  /** What `DESC <keyspace>` printed: replication, types, functions and aggregates; no table ids. */
  readonly description: string;
}

export interface SchemaColumnRecord {
  readonly name: string;
  /** As in system_schema.columns: partition_key, clustering, static, regular. */
  readonly kind: string;
  /** Among the columns of its kind; -1 where order means nothing. */
  readonly position: number;
  readonly type: string;
}

/** A table or materialized view as the backup found it. */
export interface SchemaTableRecord {
  readonly kind: 'table';
  readonly keyspace: string;
  readonly table: string;
  /** With dashes. */
  readonly id: string;
  readonly type: 'table' | 'view';
  /** Of a view. */
  readonly baseTable?: string;
  readonly columns: readonly SchemaColumnRecord[];
  /** The snapshot's schema.cql: types, id, dropped columns, indexes. */
  readonly schemaText: string;
}

/** One line of a backup's schema.jsonl.gz. */
export type SchemaRecord = SchemaKeyspaceRecord | SchemaTableRecord;

/** The JSON object of a line; the same record always gives the same members in the same order. */
export function schemaRecordLine(record: SchemaRecord): Record<string, unknown> {
  if (record.kind === 'keyspace') {
    const { kind, keyspace, sum, description } = record;
    return { kind, keyspace, sum, description };
  }
  return {
    kind: record.kind,
    keyspace: record.keyspace,
    table: record.table,
    id: record.id,
    type: record.type,
    ...(record.baseTable === undefined ? {} : { baseTable: record.baseTable }),
    columns: record.columns.map(({ name, kind, position, type }) => ({ name, kind, position, type })),
    schemaText: record.schemaText,
  };
}

/** Throws CAIN_FORMAT. */
export function parseSchemaRecord(value: unknown, where: string): SchemaRecord {
  const reader = readRecord(value, where);
  if (reader.oneOf('kind', ['keyspace', 'table']) === 'keyspace') {
    return {
      kind: 'keyspace',
      keyspace: reader.matching('keyspace', cqlName),
      sum: reader.matching('sum', sumForm),
      description: reader.string('description'),
    };
  }
  const baseTable = reader.has('baseTable') ? reader.matching('baseTable', cqlName) : undefined;
  return {
    kind: 'table',
    keyspace: reader.matching('keyspace', cqlName),
    table: reader.matching('table', cqlName),
    id: reader.matching('id', dashedId),
    type: reader.oneOf('type', ['table', 'view']),
    ...(baseTable === undefined ? {} : { baseTable }),
    columns: reader.records('columns').map(readColumn),
    schemaText: reader.string('schemaText'),
  };
}

function readColumn(reader: RecordReader): SchemaColumnRecord {
  return {
    name: reader.string('name'),
    kind: reader.string('kind'),
    position: reader.number('position'),
    type: reader.string('type'),
  };
}
