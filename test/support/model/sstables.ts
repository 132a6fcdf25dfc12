import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** A row of the model: the last write of a key wins, as in Cassandra. */
export interface ModelCell {
  readonly key: string;
  readonly value: string;
  readonly timestamp: number;
}

const components = [
  'CompressionInfo.db',
  'Data.db',
  'Digest.crc32',
  'Filter.db',
  'Index.db',
  'Statistics.db',
  'Summary.db',
  'TOC.txt',
];

/** Files of whole SSTables in a directory, by the beginning of their names. */
export function sstablesIn(directory: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const file of filesIn(directory)) {
    const name = /^nb-\d+-big/.exec(file)?.[0];
    if (name) found.set(name, [...(found.get(name) ?? []), file]);
  }
  for (const [name, files] of found) if (!files.includes(`${name}-Data.db`)) found.delete(name);
  return found;
}

export function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** As after a restart: one more than what lies there, so that numbers come back after a truncate. */
export function nextGeneration(directories: readonly string[]): number {
  const used = directories.flatMap((directory) =>
    [...sstablesIn(directory).keys()].map((name) => Number(name.split('-')[1])),
  );
  return Math.max(0, ...used) + 1;
}

/** @param columns what makes another table refuse it. */
export function writeSstable(
  directory: string,
  generation: number,
  cells: Iterable<ModelCell>,
  columns: readonly string[],
): void {
  const data = Buffer.from([...cells].map((cell) => `${JSON.stringify(cell)}\n`).join(''));
  const content: Readonly<Record<string, string | Buffer>> = {
    'Data.db': data,
    'Digest.crc32': String(crc32(data)),
    'Statistics.db': JSON.stringify({ columns }),
    'TOC.txt': `${components.join('\n')}\n`,
    'Filter.db': '',
  };
  mkdirSync(directory, { recursive: true });
  for (const component of components) {
    writeFileSync(
      join(directory, `nb-${generation}-big-${component}`),
      content[component] ?? `${component} ${data.length}`,
    );
  }
}

export function readCells(directory: string, sstable: string): readonly ModelCell[] {
  const text = readFileSync(join(directory, `${sstable}-Data.db`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ModelCell);
}

/** What import's verification finds: a digest that does not fit, a component that is missing, another table's files. */
export function isImportable(directory: string, sstable: string, columns: readonly string[]): boolean {
  try {
    const digest = readFileSync(join(directory, `${sstable}-Digest.crc32`), 'utf8').trim();
    const statistics = JSON.parse(readFileSync(join(directory, `${sstable}-Statistics.db`), 'utf8')) as {
      columns: string[];
    };
    statSync(join(directory, `${sstable}-Index.db`));
    const data = readFileSync(join(directory, `${sstable}-Data.db`));
    return Number(digest) === crc32(data) && statistics.columns.every((column) => columns.includes(column));
  } catch {
    return false;
  }
}

/** Renames an SSTable under a new number. */
export function moveSstable(
  { directory, files }: { directory: string; files: readonly string[] },
  target: string,
  generation: number,
): void {
  mkdirSync(target, { recursive: true });
  for (const file of files)
    renameSync(join(directory, file), join(target, file.replace(/^nb-\d+-/, `nb-${generation}-`)));
}

export function removeSstables(directory: string): void {
  for (const files of sstablesIn(directory).values()) for (const file of files) rmSync(join(directory, file));
}

export function linkSstables(directory: string, target: string): readonly string[] {
  mkdirSync(target, { recursive: true });
  const sstables = sstablesIn(directory);
  for (const files of sstables.values())
    for (const file of files) linkSync(join(directory, file), join(target, file));
  return [...sstables.keys()].map((name) => `${name}-Data.db`);
}
