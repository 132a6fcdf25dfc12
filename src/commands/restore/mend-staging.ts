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
  const lines: InventoryLine[] = [];
  for await (const line of readNodeFiles(run.store, node.backup, ids, run.signal)) lines.push(line);
  const pathOf = ({ dataDirectory, file }: InventoryLine): string =>
    `${stagingDirectory(node.placement(dataDirectory), plan.id, directoryOf(table))}/${file}`;
  const incomplete = incompleteSstables(
    lines,
    missing,
    (line) => staged.get(pathOf(line)) === line.sizeBytes,
  );
  if (incomplete.size === 0) return 0;
  const owner = (await prepareNode(run, plan, node))(table);
  const { settings } = run.context;
  const isWanted = (line: InventoryLine): boolean => incomplete.has(sstableOf(line));
  await stageFiles(work, node, {
    tables: [{ table, owner }],
    pool: createPartPool(settings.memoryBytes, settings.partSizeBytes),
    keepsStaged: false,
    isWanted,
  });
  return lines.filter(isWanted).length;
}

/** Pure. Those of the SSTables that are missing in the table, by size and digest, of which not every file is staged. */
export function incompleteSstables(
  lines: readonly InventoryLine[],
  missing: readonly SstableIdentity[],
  isStaged: (line: InventoryLine) => boolean,
): ReadonlySet<string> {
  const names = new Set(lines.map(({ dataDirectory, file }) => `${dataDirectory}/${file}`));
  const identities = new Set(missing.map(({ sizeBytes, digest }) => `${sizeBytes} ${digest}`));
  const wanted = new Set(
    lines
      .filter(({ file }) => isData(file))
      .filter(({ dataDirectory, file, sizeBytes, crc32 }) => {
        const hasDigest = names.has(`${dataDirectory}/${digestFileOf(file)}`);
        return identities.has(`${sizeBytes} ${hasDigest ? crc32 : '-'}`);
      })
      .map(sstableOf),
  );
  return new Set(lines.filter((line) => wanted.has(sstableOf(line)) && !isStaged(line)).map(sstableOf));
}

function sstableOf({ dataDirectory, file }: InventoryLine): string {
  return `${dataDirectory}/${parseComponent(file)?.sstable ?? file}`;
}
