/**
 * Where a restore keeps its things on a node. One directory on each data volume, so that files are moved into
 * their tables and never copied. No keyspace can have its name (the hyphen): Cassandra walks past it.
 */
export const restoreDirectoryName = 'cain-restore';

/** All that one restore keeps below one data directory. */
export function restoreRoot(dataDirectory: string, restoreId: string): string {
  return `${dataDirectory}/${restoreDirectoryName}/${restoreId}`;
}

/** The journal lies below the first data directory alone. */
export function journalDirectory(dataDirectories: readonly string[], restoreId: string): string {
  return `${restoreRoot(dataDirectories[0] ?? '', restoreId)}/journal`;
}

/** Where the lists of SHA-256 lie that travel among the staged files. */
export function sumsDirectory(journal: string): string {
  return `${journal}/sums`;
}

export interface TableDirectory {
  readonly keyspace: string;
  readonly table: string;
  /** With or without dashes. */
  readonly tableId: string;
}

/** As Cassandra names it below a data directory: `shop/users-b73f76a0e65e11f18eba273eb4912511`. */
export function tableDirectory({ keyspace, table, tableId }: TableDirectory): string {
  return `${keyspace}/${table}-${tableId.replaceAll('-', '')}`;
}

/**
 * Where a table's files wait for their import. Those of several nodes of a backup have a folder each: SSTables of
 * different nodes have the same names.
 */
export function stagingDirectory(
  dataDirectory: string,
  restoreId: string,
  table: TableDirectory,
  folder?: string,
): string {
  const root = restoreRoot(dataDirectory, restoreId);
  return `${folder === undefined ? root : `${root}/${folder}`}/${tableDirectory(table)}`;
}

/** The folder for what a pod of the backup held; never the name of a keyspace or of the journal. */
export function sourceFolder(pod: string): string {
  return `from-${pod}`;
}

/** The snapshot that Cain takes before a truncate where Cassandra takes none of its own. */
export function undoSnapshotName(restoreId: string): string {
  return `cain-undo-${restoreId}`;
}
