import { checkComponents } from '../../cassandra/sstable.ts';
import { formatError } from '../../record.ts';
import { type InventoryLine, inventoryLimits, parseInventoryLine } from '../../store/inventory.ts';
import { readJsonLines } from '../../store/json-lines.ts';
import { parseDataKey } from '../../store/layout.ts';
import type { Manifest, ManifestNode } from '../../store/manifest.ts';
import { unknownCrc32 } from '../../store/unknown-crc32.ts';
import type { VerifyRun } from './verify-run.ts';

/** What one backup says of one node. */
export interface NodeInventory {
  readonly tag: string;
  readonly node: ManifestNode;
}

/** By pod, in name order: the inventories of these backups, oldest first. */
export function inventoriesByPod(
  backups: ReadonlyArray<Pick<Manifest, 'tag' | 'nodes'>>,
): ReadonlyMap<string, readonly NodeInventory[]> {
  const byPod = new Map<string, NodeInventory[]>();
  for (const { tag, nodes } of backups) {
    for (const node of nodes) byPod.set(node.pod, [...(byPod.get(node.pod) ?? []), { tag, node }]);
  }
  return new Map([...byPod].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Streams an inventory: every line must be one that Cain writes, their number and sizes must add up to what the
 * manifest says, every SSTable must have its components, and the bytes the SHA-256. Throws CAIN_FORMAT, or what the store says.
 */
export async function readInventory(
  { store, signal }: Pick<VerifyRun, 'store' | 'signal'>,
  { node }: NodeInventory,
  take: (line: InventoryLine) => void,
): Promise<void> {
  const { pod, inventory, files, bytes } = node;
  const { key, sha256 } = inventory;
  const names = new Map<string, string[]>();
  let lines = 0;
  let lineBytes = 0;
  for await (const value of readJsonLines(store, key, { ...inventoryLimits(files), sha256, signal })) {
    const where = `${key} line ${++lines}`;
    const line = parseInventoryLine(value, where);
    const { key: objectKey } = line.object;
    if (parseDataKey(objectKey)?.pod !== pod) {
      throw formatError(where, `it points at ${objectKey}, which is no object of ${pod}`);
    }
    // Only what is made up for a backup of the original's may say so.
    if (line.crc32 === unknownCrc32) throw formatError(where, 'it has no CRC-32');
    lineBytes += line.sizeBytes;
    const group = `${line.keyspace}.${line.table} ${line.tableId} ${line.dataDirectory}`;
    const known = names.get(group);
    if (known) known.push(line.file);
    else names.set(group, [line.file]);
    take(line);
  }
  if (lines !== files || lineBytes !== bytes) {
    throw formatError(
      key,
      `it names ${lines} files of ${lineBytes} bytes, the manifest says ${files} of ${bytes}`,
    );
  }
  for (const [group, files] of names) checkWhole(files, group, key);
}

function checkWhole(files: readonly string[], group: string, key: string): void {
  const [broken] = checkComponents(files);
  if (!broken) return;
  throw formatError(key, `SSTable ${broken.sstable} of ${group} is without ${broken.missing.join(', ')}`);
}
