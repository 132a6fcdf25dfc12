import type { CassandraPod } from '../kubernetes/pods.ts';
import { quoteIdentifier, quoteString } from './cql.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import type { SchemaTable } from './schema.ts';

/** A table that writes with a TTL shows it in its first rows. */
const rowsLookedAt = 100;

/** Of these CQL tells a TTL in every version: not of collections and types that are not frozen, nor of counters. */
const plainTypes = new Set(
  (
    'ascii bigint blob boolean date decimal double duration float inet int smallint text time timestamp timeuuid ' +
    'tinyint uuid varint'
  ).split(' '),
);

const expiryBody = `
section expiry
cqlsh_ "$1"
`;

/** Whether rows of a table expire: it has a default TTL, or rows that it holds now have one. */
export async function rowsExpire(
  tools: PodTools,
  pod: CassandraPod,
  table: SchemaTable,
  signal: AbortSignal,
): Promise<boolean> {
  const statements = expiryStatements(table);
  const purpose = `Looking for TTLs in ${table.keyspace}.${table.name}`;
  const call = { purpose, body: expiryBody, args: [statements.join(' ')], signal };
  const rows = parseJsonRows(sectionOf(await tools.run(pod, call), 'expiry'), statements.length).flat();
  return rows.some((row) => Object.values(row as object).some((ttl) => typeof ttl === 'number' && ttl > 0));
}

/** Pure. Every number in their answers is a TTL; 0 and null are none. */
export function expiryStatements({ keyspace, name, kind, columns }: SchemaTable): readonly string[] {
  const [schema, nameColumn] = kind === 'view' ? ['views', 'view_name'] : ['tables', 'table_name'];
  const plain = columns.filter(
    (column) => (column.kind === 'regular' || column.kind === 'static') && isPlain(column.type),
  );
  const ttls = plain.map((column, index) => `TTL(${quoteIdentifier(column.name)}) AS ttl${index}`).join(', ');
  return [
    `SELECT JSON default_time_to_live FROM system_schema.${schema} WHERE keyspace_name = ${quoteString(keyspace)} AND ${nameColumn} = ${quoteString(name)};`,
    ...(ttls === ''
      ? []
      : [
          `SELECT JSON ${ttls} FROM ${quoteIdentifier(keyspace)}.${quoteIdentifier(name)} LIMIT ${rowsLookedAt};`,
        ]),
  ];
}

function isPlain(type: string): boolean {
  return plainTypes.has(type) || type.startsWith('frozen<');
}
