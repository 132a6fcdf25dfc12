import { splitStatements, statementKind } from '../../../src/cassandra/cql.ts';
import { partitionKeyOf } from './cql-text.ts';
import { cqlshWarning, emptyStatementText, jsonTable, refusalText } from './cqlsh-text.ts';
import type { ModelMember, ModelRing } from './ring.ts';
import { CqlRefusal, type Row } from './schema.ts';
import { systemRows } from './system-rows.ts';
import type { ToolResult } from './tool-result.ts';

/** cqlsh 6.2.2 with -e, as far as Cain uses it. */
export function runCqlsh(ring: ModelRing, member: ModelMember, args: readonly string[]): ToolResult {
  if (!member.isUp) {
    const reason = `ConnectionRefusedError(111, "Tried connecting to [('${member.address}', 9042)]. Last error: Connection refused")`;
    const stderr = `Connection error: ('Unable to connect to any servers', {'${member.address}:9042': ${reason}})\n`;
    return { stdout: '', stderr, exitCode: 1 };
  }
  const text = args[args.indexOf('-e') + 1] ?? '';
  let stdout = cqlshWarning;
  let stderr = '';
  for (const statement of splitStatements(text.endsWith(';') ? text : `${text};`)) {
    try {
      stdout += runStatement(ring, member, statement);
    } catch (error) {
      if (error instanceof NotDescribed) stderr += `<stdin>:1:${error.message}\n`;
      else if (error instanceof CqlRefusal) stderr += refusalText(1, error.message);
      else throw error;
    }
  }
  // It adds a semicolon to whatever does not end in one.
  if (/;\s+$/.test(text)) stderr += emptyStatementText;
  return { stdout, stderr, exitCode: stderr === '' ? 0 : 2 };
}

class NotDescribed extends Error {}

function runStatement(ring: ModelRing, member: ModelMember, statement: string): string {
  const select =
    /^SELECT JSON (?<columns>.+?) FROM (?<keyspace>\w+|"[^"]+")\.(?<table>\w+|"[^"]+")(?: LIMIT (?<limit>\d+))?$/is.exec(
      statement,
    )?.groups;
  if (select) {
    const rows = rowsOf(ring, member, unquoted(select.keyspace), unquoted(select.table));
    const limited = select.limit ? rows.slice(0, Number(select.limit)) : rows;
    return jsonTable(limited.map((row) => projected(row, select.columns ?? '*')));
  }
  const described = /^DESC(?:RIBE)?(?: KEYSPACE)? (.+)$/i.exec(statement)?.[1];
  if (described !== undefined) {
    const text = ring.schema.describe(unquoted(described));
    if (text === undefined) throw new NotDescribed(`'${unquoted(described)}' not found in keyspaces`);
    return `\n${text}`;
  }
  const level = /^CONSISTENCY (ALL|QUORUM|ONE)$/i.exec(statement)?.[1];
  if (level !== undefined) return `Consistency level set to ${level}.\n`;
  return changeStatement(ring, statement);
}

function changeStatement(ring: ModelRing, statement: string): string {
  const { schema } = ring;
  const words =
    /^(?:TRUNCATE|DROP (?:TABLE|KEYSPACE)|INSERT INTO)\s+(?:IF EXISTS )?(.+)$/is.exec(statement)?.[1] ?? '';
  const [keyspace = '', table = ''] = (words.match(/^[^\s(]+/)?.[0] ?? '').split('.').map(unquoted);
  if (/^TRUNCATE /i.test(statement)) {
    if (ring.members.some(({ isUp }) => !isUp)) throw new CqlRefusal('Cannot achieve consistency level ALL');
    ring.truncate(ring.table(keyspace, table));
  } else if (/^DROP KEYSPACE /i.test(statement)) {
    if (schema.keyspaces.has(keyspace)) ring.drop(schema.dropKeyspace(keyspace));
    else if (!/IF EXISTS/i.test(statement)) throw new CqlRefusal(`Keyspace '${keyspace}' doesn't exist`);
  } else if (/^DROP TABLE /i.test(statement)) ring.drop([schema.dropTable(keyspace, table)]);
  else if (/^INSERT INTO /i.test(statement)) {
    const [key = '', value = ''] = (/VALUES \((.*)\)$/is.exec(statement)?.[1] ?? '').split(',').map(literal);
    ring.insert(keyspace, table, key, value);
  } else if (statementKind(statement).kind !== 'other') schema.create(statement);
  else throw new CqlRefusal(`The model can't run ${statement.slice(0, 80)}`);
  return '';
}

function rowsOf(ring: ModelRing, member: ModelMember, keyspace: string, name: string): readonly Row[] {
  const system = systemRows(ring, member, keyspace, name);
  if (system) return system;
  if (!ring.schema.keyspaces.has(keyspace)) throw new CqlRefusal(`keyspace ${keyspace} does not exist`);
  const table = ring.schema.tables.get(`${keyspace}.${name}`);
  if (!table) throw new CqlRefusal(`table ${name} does not exist`);
  if (ring.members.some(({ isUp }) => !isUp)) throw new CqlRefusal('Cannot achieve consistency level ALL');
  const key = partitionKeyOf(table);
  return [...ring.rows(keyspace, name)].map(([id, value]) => ({ [key]: id, v: value }));
}

function projected(row: Row, columns: string): Row {
  if (columns.trim() === '*') return row;
  return Object.fromEntries(
    columns.split(',').map((column) => [unquoted(column.trim()), row[unquoted(column.trim())] ?? null]),
  );
}

function unquoted(name = ''): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function literal(text: string): string {
  return text.trim().replace(/^'(.*)'$/s, '$1');
}
