import { checkComponents, isData, parseComponent, type SstableComponent } from '../../cassandra/sstable.ts';
import { CainError } from '../../errors.ts';
import { type InventoryLine, inventoryLimits, parseInventoryLine } from '../../store/inventory.ts';
import { readJsonLines } from '../../store/json-lines.ts';
import type { ManifestNode } from '../../store/manifest.ts';
import type { Store } from '../../store/store.ts';

/** A table as the backup knows it. */
export interface BackupTable {
  /** `keyspace.table` */
  readonly original: string;
  /** Without dashes. */
  readonly backupId: string;
  /** False = files of its attached indexes stay behind: they bear names of indexes that it no longer has. */
  readonly takesIndexFiles: boolean;
}

/** By `keyspace.table`. An inventory may hold the files of a table that was dropped since: ids tell. */
export type ChosenIds = ReadonlyMap<string, BackupTable>;

export function idsOf(tables: readonly BackupTable[]): ChosenIds {
  return new Map(tables.map((table) => [table.original, table]));
}

/** The components of the chosen tables that one node holds in the backup; what else lies in a snapshot is left out. */
export async function* readNodeFiles(
  store: Store,
  { inventory, files }: ManifestNode,
  chosen: ChosenIds,
  signal: AbortSignal,
): AsyncGenerator<InventoryLine> {
  const { key, sha256 } = inventory;
  for await (const value of readJsonLines(store, key, { ...inventoryLimits(files), sha256, signal })) {
    const line = parseInventoryLine(value, key);
    const table = chosen.get(`${line.keyspace}.${line.table}`);
    const component = parseComponent(line.file);
    if (table?.backupId !== line.tableId || !component) continue;
    if (table.takesIndexFiles || !isIndexComponent(component)) yield line;
  }
}

/** Of SASI and SAI, that Cassandra builds anew where they are missing. */
function isIndexComponent({ component }: SstableComponent): boolean {
  return component.startsWith('SI_') || component.startsWith('SAI+');
}

/** What one node holds of one table. */
export interface TableFiles {
  readonly files: number;
  readonly bytes: number;
  readonly sstables: number;
  /** Of the largest Data.db. */
  readonly largestBytes: number;
  /** By the data directory in which the node held them. */
  readonly bytesByDirectory: ReadonlyMap<string, number>;
  /** Versions and formats, such as "nb big". */
  readonly formats: ReadonlySet<string>;
}

interface Draft {
  files: number;
  bytes: number;
  sstables: number;
  largestBytes: number;
  readonly bytesByDirectory: Map<string, number>;
  readonly formats: Set<string>;
  readonly names: string[];
}

/**
 * What one node holds of each chosen table, by `keyspace.table`. Throws CAIN_NO_BACKUP where an SSTable is not whole:
 * its import would fail after the truncate.
 */
export async function sumNodeFiles(
  lines: AsyncIterable<InventoryLine>,
  pod: string,
): Promise<ReadonlyMap<string, TableFiles>> {
  const drafts = new Map<string, Draft>();
  for await (const line of lines) {
    const name = `${line.keyspace}.${line.table}`;
    const draft = drafts.get(name) ?? {
      files: 0,
      bytes: 0,
      sstables: 0,
      largestBytes: 0,
      bytesByDirectory: new Map(),
      formats: new Set(),
      names: [],
    };
    drafts.set(name, draft);
    add(draft, line);
  }
  return new Map(
    [...drafts].map(([name, { names, ...files }]) => {
      checkWhole(names, name, pod);
      return [name, files];
    }),
  );
}

function add(draft: Draft, { file, sizeBytes, dataDirectory }: InventoryLine): void {
  const { version, format } = parseComponent(file) ?? {};
  draft.files++;
  draft.bytes += sizeBytes;
  draft.names.push(file);
  draft.formats.add(`${version} ${format}`);
  draft.bytesByDirectory.set(dataDirectory, (draft.bytesByDirectory.get(dataDirectory) ?? 0) + sizeBytes);
  if (!isData(file)) return;
  draft.sstables++;
  draft.largestBytes = Math.max(draft.largestBytes, sizeBytes);
}

/** Pure. Of several nodes together. */
export function mergeFiles(
  all: ReadonlyArray<ReadonlyMap<string, TableFiles>>,
): ReadonlyMap<string, TableFiles> {
  const merged = new Map<string, TableFiles>();
  for (const [name, files] of all.flatMap((each) => [...each])) {
    const known = merged.get(name);
    merged.set(name, known ? addFiles(known, files) : files);
  }
  return merged;
}

function addFiles(left: TableFiles, right: TableFiles): TableFiles {
  const bytesByDirectory = new Map(left.bytesByDirectory);
  for (const [directory, bytes] of right.bytesByDirectory) {
    bytesByDirectory.set(directory, (bytesByDirectory.get(directory) ?? 0) + bytes);
  }
  return {
    files: left.files + right.files,
    bytes: left.bytes + right.bytes,
    sstables: left.sstables + right.sstables,
    largestBytes: Math.max(left.largestBytes, right.largestBytes),
    bytesByDirectory,
    formats: new Set([...left.formats, ...right.formats]),
  };
}

function checkWhole(names: readonly string[], table: string, pod: string): void {
  const [broken] = checkComponents(names);
  if (!broken) return;
  throw new CainError(
    'CAIN_NO_BACKUP',
    `The backup holds SSTable ${broken.sstable} of ${table} on ${pod} without ${broken.missing.join(', ')}`,
    { hint: 'Import would refuse it. Choose another backup, or leave the table out (CAIN_TABLE).' },
  );
}
