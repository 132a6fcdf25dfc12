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
    for (const row of rows) checksums[row.name] = await checksumTable(client, `"${keyspace}"."${row.name}"`);
  }
  return checksums;
}

/** The rows as JSON text made by the server, which knows every type. */
export async function checksumTable(client: Client, table: string): Promise<TableChecksum> {
  const stream = client.stream(`SELECT JSON * FROM ${table}`, [], { prepare: true, autoPage: true });
  const lines: string[] = [];
  // A Readable, which the driver's types don't say.
  for await (const row of stream as unknown as AsyncIterable<types.Row>) lines.push(String(row['[json]']));
  const hash = createHash('sha256');
  for (const line of lines.toSorted()) hash.update(`${line}\n`);
  return { rows: lines.length, sha256: hash.digest('hex') };
}
