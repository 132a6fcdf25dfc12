import type { SchemaKeyspace } from '../../cassandra/schema.ts';
import type { SnapshotListing, TableSnapshot } from '../../cassandra/snapshot-listing.ts';
import { checkComponents, isData } from '../../cassandra/sstable.ts';
import { CainError } from '../../errors.ts';
import { tableKey } from './table-key.ts';

/**
 * A node's snapshot must hold every table of the schema by its id, its manifest, each Data.db that this names, and every
 * component that its format needs. Throws CAIN_SNAPSHOT_INCOMPLETE that names what is missing.
 */
export function checkSnapshot(
  podName: string,
  listing: SnapshotListing,
  keyspaces: readonly SchemaKeyspace[],
): void {
  const found = new Set(listing.tables.map(({ keyspace, tableId }) => tableKey(keyspace, tableId)));
  for (const table of keyspaces.flatMap(({ tables }) => tables)) {
    if (!found.has(tableKey(table.keyspace, table.id))) {
      throw incomplete(podName, `table ${table.keyspace}.${table.name} (${table.id}) has no snapshot`);
    }
  }
  for (const table of listing.tables) checkTable(podName, table);
}

function checkTable(podName: string, table: TableSnapshot): void {
  const files = new Set(table.files.map(({ file }) => file));
  const where = `${table.keyspace}.${table.table}`;
  for (const file of files) {
    if (file.endsWith('-Data.db') && !isData(file))
      throw incomplete(podName, `${where} has a file of unknown form, ${file}`);
  }
  // Cassandra writes it for an empty table, too: without it nothing tells an empty table from an emptied directory. What
  // the live directory holds does not: it may have been flushed since.
  if (!table.manifestFiles) throw incomplete(podName, `${where} has no manifest.json`);
  for (const file of table.manifestFiles) {
    if (!files.has(file)) throw incomplete(podName, `${where} lacks ${file}, which its manifest.json names`);
  }
  const [missing] = checkComponents([...files]);
  if (missing)
    throw incomplete(podName, `${where} lacks ${missing.missing.join(', ')} of ${missing.sstable}`);
  for (const { file, digest } of table.files) {
    if (file.endsWith('-Data.db') && digest === undefined)
      throw incomplete(podName, `${where} has no readable digest of ${file}`);
  }
}

function incomplete(podName: string, what: string): CainError {
  return new CainError('CAIN_SNAPSHOT_INCOMPLETE', `The snapshot on pod ${podName} is incomplete: ${what}`, {
    hint: "Look at the node's log for the time of the snapshot; the run is tried again.",
    retryable: true,
  });
}
