import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileCrc32 } from '../file-crc32.ts';
import { type ModelTable, schemaFileText } from './cql-text.ts';
import {
  filesIn,
  isImportable,
  linkSstables,
  type ModelCell,
  moveSstable,
  nextGeneration,
  readCells,
  removeSstables,
  sstablesIn,
  writeSstable,
} from './sstables.ts';
import type { Steps } from './steps.ts';

/** What one node holds of one table: files as Cassandra keeps them, and rows that were not flushed yet. */
export interface ModelNode {
  readonly dataDirectories: readonly string[];
  /** Below the data directories, in their order. */
  directoriesOf(table: ModelTable): readonly string[];
  write(table: ModelTable, cell: ModelCell): void;
  flush(table: ModelTable): void;
  /** All SSTables become one under a new number. */
  compact(table: ModelTable): void;
  /** Key to value, of files and memory. */
  rows(table: ModelTable): ReadonlyMap<string, string>;
  hasSnapshot(name: string, tables: readonly ModelTable[]): boolean;
  /** Flushes, then hard links; what it then holds is kept as `truthOf` it. A step a table. */
  snapshot(name: string, tables: readonly ModelTable[], options?: { readonly expiresAt?: Date }): Steps<void>;
  /** Size and CRC-32 of every file of a snapshot when it was taken, by `keyspace/table/file`. */
  truthOf(name: string): ReadonlyMap<string, FileTruth> | undefined;
  /** A step a table. */
  clearSnapshot(name: string, keyspaces?: readonly string[]): Steps<void>;
  /** Names of all snapshots that lie on the node. */
  snapshots(): ReadonlySet<string>;
  truncate(table: ModelTable): void;
  forget(table: ModelTable): void;
  /** Moves what can be imported; the directories that could not be taken whole. */
  importFrom(table: ModelTable, directories: readonly string[]): readonly string[];
}

export interface FileTruth {
  readonly sizeBytes: number;
  /** Absent = the file takes too long to read while the whole cluster waits for it. */
  readonly crc32?: number;
}

const longestReadBytes = 8e9;

export function createModelNode(dataDirectories: readonly string[]): ModelNode {
  const memtables = new Map<string, ModelCell[]>();
  const truths = new Map<string, Map<string, FileTruth>>();
  const directoriesOf = (table: ModelTable) =>
    dataDirectories.map((directory) => join(directory, table.keyspace, directoryName(table)));
  const directoryFor = (table: ModelTable, generation: number) =>
    directoriesOf(table)[generation % dataDirectories.length] ?? '';
  const snapshotsOf = (directory: string) => filesIn(join(directory, 'snapshots'));

  function flush(table: ModelTable): void {
    const cells = memtables.get(table.id);
    memtables.delete(table.id);
    if (!cells) return;
    const generation = nextGeneration(directoriesOf(table));
    writeSstable(directoryFor(table, generation), generation, newest(cells), columnNames(table));
  }

  function tableDirectories(): readonly string[] {
    return dataDirectories.flatMap((directory) =>
      filesIn(directory).flatMap((keyspace) =>
        filesIn(join(directory, keyspace)).map((table) => join(directory, keyspace, table)),
      ),
    );
  }

  function allCells(table: ModelTable): readonly ModelCell[] {
    const onDisk = directoriesOf(table).flatMap((directory) =>
      [...sstablesIn(directory).keys()].flatMap((sstable) => readCells(directory, sstable)),
    );
    return [...onDisk, ...(memtables.get(table.id) ?? [])];
  }

  return {
    dataDirectories,
    directoriesOf,
    flush,
    write: (table, cell) => {
      memtables.set(table.id, [...(memtables.get(table.id) ?? []), cell]);
    },
    compact: (table) => {
      flush(table);
      const cells = newest(allCells(table));
      const generation = nextGeneration(directoriesOf(table));
      for (const directory of directoriesOf(table)) removeSstables(directory);
      writeSstable(directoryFor(table, generation), generation, cells, columnNames(table));
    },
    rows: (table) => new Map(newest(allCells(table)).map(({ key, value }) => [key, value])),
    hasSnapshot: (name, tables) =>
      tables.some((table) => directoriesOf(table).some((directory) => snapshotsOf(directory).includes(name))),
    *snapshot(name, tables, { expiresAt } = {}) {
      const truth = new Map<string, FileTruth>();
      for (const table of tables) {
        flush(table);
        const targets = directoriesOf(table).map((directory) => ({
          directory,
          target: join(directory, 'snapshots', name),
        }));
        const [first] = targets;
        // Cassandra makes the directories of a table with the table, and of a snapshot only where something lies in it.
        const filled = targets.filter((each) => each === first || sstablesIn(each.directory).size > 0);
        const files = filled.flatMap(({ directory, target }) => linkSstables(directory, target));
        if (first) writeSnapshotTexts(first.target, table, files, expiresAt);
        for (const { target } of filled) addTruth(truth, table, target);
        yield;
      }
      truths.set(name, truth);
    },
    truthOf: (name) => truths.get(name),
    *clearSnapshot(name, keyspaces) {
      for (const directory of tableDirectories()) {
        if (keyspaces && !keyspaces.includes(directory.split('/').at(-2) ?? '')) continue;
        if (!snapshotsOf(directory).includes(name)) continue;
        rmSync(join(directory, 'snapshots', name), { recursive: true });
        if (snapshotsOf(directory).length === 0) rmSync(join(directory, 'snapshots'), { recursive: true });
        yield;
      }
    },
    snapshots: () => new Set(tableDirectories().flatMap(snapshotsOf)),
    truncate: (table) => {
      memtables.delete(table.id);
      for (const directory of directoriesOf(table)) removeSstables(directory);
    },
    forget: (table) => {
      memtables.delete(table.id);
      for (const directory of directoriesOf(table)) removeSstables(directory);
    },
    importFrom: (table, directories) =>
      directories.filter((directory) => {
        // Measured with 5.0.9: not seen, and no error.
        if (directory.split('/').at(-2)?.includes('-')) return false;
        const sstables = sstablesIn(directory);
        if ([...sstables.keys()].some((name) => !isImportable(directory, name, columnNames(table))))
          return true;
        for (const files of sstables.values()) {
          const generation = nextGeneration(directoriesOf(table));
          moveSstable({ directory, files }, directoryFor(table, generation), generation);
        }
        return false;
      }),
  };
}

function directoryName({ name, id }: ModelTable): string {
  return `${name}-${id.replaceAll('-', '')}`;
}

function columnNames({ columns }: ModelTable): readonly string[] {
  return columns.map(({ name }) => name);
}

/** The last write of each key, in key order. */
function newest(cells: readonly ModelCell[]): readonly ModelCell[] {
  const byKey = new Map<string, ModelCell>();
  for (const cell of cells) {
    const known = byKey.get(cell.key);
    if (!known || known.timestamp <= cell.timestamp) byKey.set(cell.key, cell);
  }
  return [...byKey.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function writeSnapshotTexts(
  directory: string,
  table: ModelTable,
  files: readonly string[],
  expiresAt: Date | undefined,
): void {
  mkdirSync(directory, { recursive: true });
  const manifest = {
    files,
    created_at: new Date().toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    ephemeral: false,
  };
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(directory, 'schema.cql'), schemaFileText(table));
}

function addTruth(truth: Map<string, FileTruth>, table: ModelTable, directory: string): void {
  for (const file of readdirSync(directory)) {
    const path = join(directory, file);
    const { size: sizeBytes } = statSync(path);
    truth.set(
      `${table.keyspace}/${table.name}/${file}`,
      sizeBytes > longestReadBytes ? { sizeBytes } : fileCrc32(path),
    );
  }
}
