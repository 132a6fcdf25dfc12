import type { CassandraPod } from '../kubernetes/pods.ts';
import { readRecord } from '../record.ts';
import { quoteIdentifier } from './cql.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

export interface CountedTable {
  readonly keyspace: string;
  readonly table: string;
  /** In their order. */
  readonly partitionKey: readonly string[];
}

/** A range of tokens is read in so much time: its size is what a node reads in seconds. */
const bytesPerSlice = 64 * 1024 * 1024;
const mostSlices = 4096;
/** Statements of one cqlsh call: an argument of a process ends at 128 KiB. */
const statementsPerCall = 100;

const countBody = `
take "$1"
section counts
cqlsh_ "$taken"
`;

/**
 * Every row of a table, read at consistency ALL, range by range so that no read takes too long. `bytes` is about what
 * the table takes on disk.
 */
export async function countRows(
  tools: PodTools,
  pod: CassandraPod,
  { table, bytes, partitioner }: { table: CountedTable; bytes: number; partitioner: string },
  signal: AbortSignal,
): Promise<number> {
  const slices = partitioner.endsWith('Murmur3Partitioner') ? Math.ceil(bytes / bytesPerSlice) : 1;
  const statements = countStatements(table, Math.min(mostSlices, Math.max(1, slices)));
  let rows = 0;
  for (let start = 0; start < statements.length; start += statementsPerCall) {
    const some = statements.slice(start, start + statementsPerCall);
    const input = Buffer.from(`CONSISTENCY ALL;\n${some.join('\n')}`);
    const purpose = `Counting the rows of ${table.keyspace}.${table.table}`;
    const call = { purpose, body: countBody, args: [String(input.length)], input, signal };
    const stdout = sectionOf(await tools.run(pod, call), 'counts');
    for (const result of parseJsonRows(stdout, some.length)) {
      rows += readRecord(result[0], `the count of ${table.keyspace}.${table.table}`).number('count');
    }
  }
  return rows;
}

/** Pure. Together they read every row once: Murmur3 gives no key the smallest token. */
export function countStatements(
  { keyspace, table, partitionKey }: CountedTable,
  slices: number,
): readonly string[] {
  const source = `SELECT JSON COUNT(*) FROM ${quoteIdentifier(keyspace)}.${quoteIdentifier(table)}`;
  if (slices === 1) return [`${source};`];
  const token = `token(${partitionKey.map(quoteIdentifier).join(', ')})`;
  const boundary = (index: number): bigint => -(2n ** 63n) + (2n ** 64n * BigInt(index)) / BigInt(slices);
  return Array.from({ length: slices }, (_, index) => {
    const to = index === slices - 1 ? 2n ** 63n - 1n : boundary(index + 1);
    return `${source} WHERE ${token} > ${boundary(index)} AND ${token} <= ${to};`;
  });
}
