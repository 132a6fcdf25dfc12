import { readdirSync, readFileSync } from 'node:fs';
import type { ToolOutput } from '../../src/cassandra/tool-error.ts';

const folder = new URL('../fixtures/cassandra/', import.meta.url);

/** A file of test/fixtures/cassandra: what real nodes wrote or printed. */
export function readFixture(path: string): string {
  return readFileSync(new URL(path, folder), 'utf8');
}

/** The snapshots' schema.cql files of one version, by `<keyspace>.<table>.cql`. */
export function readSchemaFiles(version: string): ReadonlyMap<string, string> {
  const path = `${version}/schema.cql/`;
  return new Map(readdirSync(new URL(path, folder)).map((file) => [file, readFixture(path + file)]));
}

/** What a call of nodetool or cqlsh gave: `<version>/<name>`. */
export function readSample(path: string): ToolOutput {
  const text = readFixture(`${path}.txt`);
  const parts = /^\$.*\n--- stdout\n([\s\S]*?)--- stderr\n([\s\S]*?)--- rc=(\d+)/.exec(text);
  if (!parts) throw new Error(`${path}.txt is no sample`);
  return { stdout: parts[1] ?? '', stderr: parts[2] ?? '', exitCode: Number(parts[3]) };
}
