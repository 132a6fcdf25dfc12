import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { quoteIdentifier } from './cql.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { type TableDirectory, tableDirectory } from './restore-paths.ts';
import { unreadableOutput } from './unreadable.ts';

/** Whose a directory is, and who may do what in it. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
}

/** A table's directory below one data directory. */
export interface LiveDirectory extends Ownership {
  readonly dataDirectory: string;
  /** Complete SSTables in it. */
  readonly sstables: number;
}

const lookBody = `
size=$1
shift
count() { if [ -e "$1" ]; then counted=$#; else counted=0; fi; }
section tables
head -c "$size" | while IFS= read -r table; do
  for directory; do
    path=$directory/$table
    [ -d "$path" ] || continue
    owner=$(stat --printf '%u\\t%g\\t%a' -- "$path") || exit
    count "$path"/*-Data.db
    printf '%s\\t%s\\t%s\\t%s\\n' "$directory" "$table" "$owner" "$counted"
  done
done || exit
`;

/** What lies in the live directories of these tables on one node, by `keyspace/table-id`. One exec call. */
export async function lookAtTables(
  tools: PodTools,
  pod: CassandraPod,
  { tables, dataDirectories }: { tables: readonly TableDirectory[]; dataDirectories: readonly string[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly LiveDirectory[]>> {
  const input = Buffer.from(tables.map((table) => `${tableDirectory(table)}\n`).join(''));
  const args = [String(input.length), ...dataDirectories];
  const call = { purpose: 'Looking at the tables', body: lookBody, args, input, signal };
  const sections = await tools.run(pod, call);
  const found = new Map<string, LiveDirectory[]>();
  for (const line of sectionOf(sections, 'tables').split('\n')) {
    if (line === '') continue;
    const { table, ...directory } = parseLiveDirectory(line);
    found.set(table, [...(found.get(table) ?? []), directory]);
  }
  return found;
}

function parseLiveDirectory(line: string): LiveDirectory & { readonly table: string } {
  const [dataDirectory = '', table = '', uid = '', gid = '', mode = '', sstables = ''] = line.split('\t');
  if (!table || !/^\d+ \d+ [0-7]+ \d+$/.test([uid, gid, mode, sstables].join(' '))) {
    throw unreadableOutput('stat', line);
  }
  return {
    dataDirectory,
    table,
    uid: Number(uid),
    gid: Number(gid),
    mode: Number.parseInt(mode, 8),
    sstables: Number(sstables),
  };
}

/** A table to read from, and a column of its key. */
export interface ReadableTable {
  readonly keyspace: string;
  readonly table: string;
  readonly keyColumn: string;
}

const firstRowBody = `
take "$1"
section rows
cqlsh_ "$taken"
`;

/** Statements of one cqlsh call: an argument of a process ends at 128 KiB. */
const tablesPerCall = 200;

/**
 * For each of the tables, whether it holds a row that is alive, read at consistency ALL: rows that lie in
 * memtables only, of any node, are seen too. Rejects where a read fails (CAIN_EXEC_FAILED).
 */
export async function hasRows(
  tools: PodTools,
  pod: CassandraPod,
  tables: readonly ReadableTable[],
  signal: AbortSignal,
): Promise<readonly boolean[]> {
  const answers: boolean[] = [];
  for (let start = 0; start < tables.length; start += tablesPerCall) {
    const some = tables.slice(start, start + tablesPerCall);
    const input = Buffer.from(`CONSISTENCY ALL;\n${some.map(firstRowStatement).join('\n')}`);
    const call = {
      purpose: 'Reading the first rows',
      body: firstRowBody,
      args: [String(input.length)],
      input,
      signal,
    };
    const stdout = sectionOf(await tools.run(pod, call), 'rows');
    const results = parseJsonRows(stdout, some.length);
    answers.push(...results.map((rows) => rows.length > 0));
  }
  if (answers.length !== tables.length)
    throw new CainError('CAIN_OUTPUT_UNREADABLE', 'cqlsh left out answers');
  return answers;
}

function firstRowStatement({ keyspace, table, keyColumn }: ReadableTable): string {
  return `SELECT JSON ${quoteIdentifier(keyColumn)} FROM ${quoteIdentifier(keyspace)}.${quoteIdentifier(table)} LIMIT 1;`;
}
