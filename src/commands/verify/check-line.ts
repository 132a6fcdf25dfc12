import { formatError } from '../../record.ts';
import type { InventoryLine } from '../../store/inventory.ts';
import { parseDataKey } from '../../store/layout.ts';
import { isDataLocation } from '../../store/our-key.ts';

/** Pure. Throws CAIN_FORMAT where a line points at anything but an object of that pod, keyspace, table and file. */
export function checkLine(line: InventoryLine, pod: string, where: string): void {
  const { object, keyspace, table, file } = line;
  const parts = parseDataKey(object.key);
  const isOwn =
    parts !== undefined &&
    isDataLocation(parts) &&
    parts.pod === pod &&
    parts.keyspace === keyspace &&
    parts.table === table &&
    parts.file === file;
  if (!isOwn) throw formatError(where, `file ${file} of ${keyspace}.${table} can't be at ${object.key}`);
}
