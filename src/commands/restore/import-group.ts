import { importTable, type TableImport } from '../../cassandra/import.ts';
import { hasReached, tableName } from '../../cassandra/journal.ts';
import { stagingDirectory, tableDirectory } from '../../cassandra/restore-paths.ts';
import { CainError, messageOf } from '../../errors.ts';
import { directoryOf } from './prepare-node.ts';
import type { ImportNode, RestoreGroup, RestoreTable } from './restore-plan.ts';
import { journalOf, onAllNodes } from './restore-run.ts';
import type { ImportWork } from './restore-work.ts';

/** Imports a table and its views on every node that has files of them; each import is proven. */
export async function importGroup(work: ImportWork, group: RestoreGroup): Promise<void> {
  await onAllNodes(work.plan.nodes, async (node) => {
    for (const table of group.tables) await importOn(work, node, table);
  });
}

async function importOn(work: ImportWork, node: ImportNode, table: RestoreTable): Promise<void> {
  const { run, book, plan } = work;
  const { pod } = node.node;
  if (hasReached(book.stateOf(pod.name, table), 'imported')) return;
  const limitMs = importLimitMs(node, table, run.context.settings.toolTimeoutMs);
  const description = { ...describeImport(node, table, plan.id), limitMs };
  book.note(pod.name, table, 'importing');
  try {
    await importProven(work, node, description);
  } catch (error) {
    run.signal.throwIfAborted();
    // An import that a crash cut may have moved a part of an SSTable.
    const mended = await work.restage(node, table, description).catch((failure: unknown) => {
      if (error instanceof CainError) error.cleanupErrors.push(failure);
      throw error;
    });
    if (mended === 0) throw error;
    run.context.log.warn('Import broke off; what it lacked is staged again and it is tried once more', {
      pod: pod.name,
      table: tableName(table),
      files: mended,
      error: messageOf(error),
    });
    await importProven(work, node, description);
  }
  book.note(pod.name, table, 'imported');
  const { sstables, bytes } = node.files.get(tableName(table)) ?? {};
  run.context.progress.advance(pod.name, { files: 1, bytes: bytes ?? 0 });
  run.context.log.debug('Imported table', { pod: pod.name, table: tableName(table), sstables });
}

async function importProven(
  { run }: ImportWork,
  { node }: ImportNode,
  description: TableImport,
): Promise<void> {
  const name = tableName(description);
  const { left, missing } = await importTable(run.access.tools, node.pod, description, run.signal).catch(
    (error: unknown) => {
      run.signal.throwIfAborted();
      throw failedImport(error, name, node.pod.name);
    },
  );
  if (left.length === 0 && missing.length === 0) return;
  throw new CainError(
    'CAIN_RESTORE_UNPROVEN',
    `Import of ${name} on ${node.pod.name} left ${left.length} SSTables in the staging, and ${missing.length} are not in the table`,
    { hint: hintFor(node.pod.name), fields: { left: left.slice(0, 5), missing: missing.slice(0, 5) } },
  );
}

/** nodetool itself only says which directories failed. */
function failedImport(error: unknown, table: string, pod: string): unknown {
  if (!(error instanceof CainError) || error.code !== 'CAIN_EXEC_FAILED') return error;
  return new CainError('CAIN_RESTORE_UNPROVEN', `Import of ${table} on ${pod} failed: ${error.message}`, {
    hint: hintFor(pod),
    cause: error,
  });
}

function hintFor(pod: string): string {
  return `Cassandra's log of ${pod} says why (SSTableImporter). The files lie in the staging: run the restore again under the same id, and it goes on.`;
}

/** Import reads all Data.db files once; slower than this is a volume that is throttled to a standstill. */
const slowestBytesPerMs = 5_000;

/** Pure. How long an import may take. */
export function importLimitMs(
  { files }: Pick<ImportNode, 'files'>,
  table: Pick<RestoreTable, 'keyspace' | 'table'>,
  toolTimeoutMs: number,
): number {
  return toolTimeoutMs + Math.ceil((files.get(tableName(table))?.bytes ?? 0) / slowestBytesPerMs);
}

function describeImport(
  { node, files, placement, folders }: ImportNode,
  table: RestoreTable,
  restoreId: string,
): Omit<TableImport, 'limitMs'> {
  const held = files.get(tableName(table));
  const directories = new Set([...(held?.bytesByDirectory.keys() ?? [])].map(placement));
  return {
    journal: journalOf(node, restoreId),
    keyspace: table.keyspace,
    table: table.table,
    sstables: held?.sstables ?? 0,
    togglesCompaction: table.compactsAutomatically,
    liveDirectories: node.dataDirectories.map(
      (directory) => `${directory}/${tableDirectory(directoryOf(table))}`,
    ),
    stagingDirectories: [...directories].flatMap((directory) =>
      (folders ?? [undefined]).map((folder) =>
        stagingDirectory(directory, restoreId, directoryOf(table), folder),
      ),
    ),
  };
}
