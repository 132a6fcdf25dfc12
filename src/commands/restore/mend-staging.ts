import { inspectImport } from '../../cassandra/broken-import.ts';
import type { TableImport } from '../../cassandra/import.ts';
import { stagingDirectory } from '../../cassandra/restore-paths.ts';
import { digestFileOf, isData, parseComponent } from '../../cassandra/sstable.ts';
import type { SstableIdentity } from '../../cassandra/sstable-identity.ts';
import type { InventoryLine } from '../../store/inventory.ts';
import { createPartPool } from '../../transfer/part-pool.ts';
import { idsOf, readNodeFiles } from './node-files.ts';
import { directoryOf, prepareNode } from './prepare-node.ts';
import type { ImportNode, RestoreTable } from './restore-plan.ts';
import type { RestoreWork } from './restore-work.ts';
import { stageFiles } from './stage-files.ts';

/**
 * After an import broke off: stages again, as a whole, every SSTable that is not in the table and of which the
 * staging lacks a file. Gives the number of files; 0 = nothing was missing, and the import failed for another reason.
 */
export async function mendStaging(
  work: RestoreWork,
  { node: { pod } }: ImportNode,
  table: RestoreTable,
  description: TableImport,
): Promise<number> {
  const { run, plan } = work;
  const node = plan.nodes.find((each) => each.node.pod.name === pod.name);
  if (!node) return 0;
  const { missing, staged } = await inspectImport(run.access.tools, node.node.pod, description, run.signal);
  const ids = idsOf([table]);
  const lines: SourcedLine[] = [];
  for (const { backup, folder } of node.sources.filter(({ keyspaces }) => keyspaces.has(table.keyspace))) {
    for await (const line of readNodeFiles(run.store, backup, ids, run.signal))
      lines.push({ ...line, folder });
  }
  const pathOf = ({ dataDirectory, file, folder }: SourcedLine): string =>
    `${stagingDirectory(node.placement(dataDirectory), plan.id, directoryOf(table), folder)}/${file}`;
  const incomplete = incompleteSstables(
    lines,
    missing,
    (line) => staged.get(pathOf(line)) === line.sizeBytes,
  );
  if (incomplete.size === 0) return 0;
  const owner = (await prepareNode(run, plan, node))(table);
  const { settings } = run.context;
  const isIncomplete = (line: SourcedLine): boolean => incomplete.has(sstableOf(line));
  await stageFiles(work, node, {
    tables: [{ table, owner }],
    pool: createPartPool(settings.memoryBytes, settings.partSizeBytes),
    keepsStaged: false,
    isWanted: (line, { folder }) => isIncomplete({ ...line, folder }),
  });
  return lines.filter(isIncomplete).length;
}

/** A file and the folder of the node that held it. */
export type SourcedLine = InventoryLine & { readonly folder?: string | undefined };

/** Pure. Those of the SSTables that are missing in the table, by size and digest, of which not every file is staged. */
export function incompleteSstables(
  lines: readonly SourcedLine[],
  missing: readonly SstableIdentity[],
  isStaged: (line: SourcedLine) => boolean,
): ReadonlySet<string> {
  const nameOf = (line: SourcedLine, file: string): string => `${originOf(line)}/${file}`;
  const names = new Set(lines.map((line) => nameOf(line, line.file)));
  const identities = new Set(missing.map(({ sizeBytes, digest }) => `${sizeBytes} ${digest}`));
  const wanted = new Set(
    lines
      .filter(({ file }) => isData(file))
      .filter((line) => {
        const hasDigest = names.has(nameOf(line, digestFileOf(line.file)));
        return identities.has(`${line.sizeBytes} ${hasDigest ? line.crc32 : '-'}`);
      })
      .map(sstableOf),
  );
  return new Set(lines.filter((line) => wanted.has(sstableOf(line)) && !isStaged(line)).map(sstableOf));
}

function sstableOf(line: SourcedLine): string {
  return `${originOf(line)}/${parseComponent(line.file)?.sstable ?? line.file}`;
}

function originOf({ dataDirectory, folder }: SourcedLine): string {
  return folder === undefined ? dataDirectory : `${folder}:${dataDirectory}`;
}
