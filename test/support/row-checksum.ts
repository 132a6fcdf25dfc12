import { createHash } from 'node:crypto';
import type { Client, types } from 'cassandra-driver';

export interface TableChecksum {
  readonly rows: number;
  /** SHA-256 over the sorted rows. */
  readonly sha256: string;
}

export type KeyspaceChecksum = Readonly<Record<string, TableChecksum>>;

/** Reads every row of every table and view of a keyspace, with the client's own consistency. */
export async function checksumKeyspace(client: Client, keyspace: string): Promise<KeyspaceChecksum> {
  const checksums: Record<string, TableChecksum> = {};
  for (const source of ['tables', 'views'] as const) {
    const column = source === 'tables' ? 'table_name' : 'view_name';
    const { rows } = await client.execute(
      `SELECT ${column} AS name FROM system_schema.${source} WHERE keyspace_name = ?`,
      [keyspace],
    );
    for (const row of rows) checksums[row.name] = await checksumRows(client, `"${keyspace}"."${row.name}"`);
  }
  return checksums;
}

/** The rows as JSON text made by the server, which knows every type. */
async function checksumRows(client: Client, source: string): Promise<TableChecksum> {
  const stream = client.stream(`SELECT JSON * FROM ${source}`, [], { prepare: true, autoPage: true });
  const lines: string[] = [];
  // A Readable, which the driver's types don't say.
  for await (const row of stream as unknown as AsyncIterable<types.Row>) lines.push(String(row['[json]']));
  const hash = createHash('sha256');
  for (const line of lines.toSorted()) hash.update(`${line}\n`);
  return { rows: lines.length, sha256: hash.digest('hex') };
}

/** The rows of every table and view whose partition's token lies in a range: after `after`, up to `to` (absent = the last token). */
export async function checksumRange(
  client: Client,
  keyspace: string,
  range: { readonly after: string; readonly to?: string },
): Promise<KeyspaceChecksum> {
  const { rows } = await client.execute(
    'SELECT table_name, column_name, kind, position FROM system_schema.columns WHERE keyspace_name = ?',
    [keyspace],
  );
  const partitionKeys = new Map<string, string[]>();
  for (const row of rows
    .filter(({ kind }) => kind === 'partition_key')
    .sort((a, b) => a.position - b.position)) {
    partitionKeys.set(row.table_name, [...(partitionKeys.get(row.table_name) ?? []), `"${row.column_name}"`]);
  }
  const checksums: Record<string, TableChecksum> = {};
  for (const [table, columns] of partitionKeys) {
    const token = `token(${columns.join(', ')})`;
    const until = range.to === undefined ? '' : ` AND ${token} <= ${range.to}`;
    checksums[table] = await checksumRows(
      client,
      `"${keyspace}"."${table}" WHERE ${token} > ${range.after}${until}`,
    );
  }
  return checksums;
}
