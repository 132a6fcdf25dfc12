import { type CqlToken, cqlTokens } from './cql-tokens.ts';
import { insideParentheses, isWord, nameOf, splitAtCommas, textOf } from './create-statements.ts';
import type { SchemaColumn } from './schema.ts';

/** Undefined = the statement describes no column list that is known here. */
export type DescribedColumns = readonly SchemaColumn[] | undefined;

/**
 * Pure. The columns of a CREATE TABLE as system_schema.columns would tell them: for backups that hold the text alone.
 */
export function tableColumns(statement: string): DescribedColumns {
  const parts = splitAtCommas(insideParentheses(significant(statement)));
  const key = parts.find((part) => isWord(part[0], 'PRIMARY') && isWord(part[1], 'KEY'));
  const columns = parts.filter((part) => part !== key);
  const single = columns.find((part) => hasWords(part, 'PRIMARY', 'KEY'));
  const keyNames = key ? keyOf(insideParentheses(key)) : keyOf(single ? single.slice(0, 1) : []);
  if (keyNames.partition.length === 0) return undefined;
  return columns.map(([name, ...rest]) => {
    const isStatic = rest.some((token) => isWord(token, 'STATIC'));
    const column = name ? nameOf(name) : '';
    return {
      name: column,
      type: typeOf(rest),
      ...placeOf(column, keyNames, isStatic ? 'static' : 'regular'),
    };
  });
}

/**
 * Pure. The columns that are left after the ALTER TABLE statements of a snapshot's schema.cql: it makes columns that were
 * dropped, drops them, and adds those again that came back.
 */
export function alteredColumns(
  columns: readonly SchemaColumn[],
  statements: readonly string[],
): readonly SchemaColumn[] {
  let left = columns;
  for (const statement of statements) {
    const tokens = significant(statement);
    const at = tokens.findIndex((token) => isWord(token, 'DROP') || isWord(token, 'ADD'));
    const [verb, name, ...rest] = tokens.slice(at);
    if (at < 0 || !verb || !name) continue;
    left = left.filter((column) => column.name !== nameOf(name));
    if (!isWord(verb, 'ADD')) continue;
    const kind = rest.some((token) => isWord(token, 'STATIC')) ? 'static' : 'regular';
    left = [...left, { name: nameOf(name), type: typeOf(rest), kind, position: -1 }];
  }
  return left;
}

/** Pure. The same of a CREATE MATERIALIZED VIEW, from the columns of its table. */
export function viewColumns(statement: string, base: readonly SchemaColumn[]): DescribedColumns {
  const tokens = significant(statement);
  const select = tokens.findIndex((token) => isWord(token, 'SELECT'));
  const from = tokens.findIndex((token) => isWord(token, 'FROM'));
  const primary = tokens.findLastIndex(
    (token, index) => isWord(token, 'PRIMARY') && isWord(tokens[index + 1], 'KEY'),
  );
  if (select < 0 || from < select || primary < from) return undefined;
  const selected = splitAtCommas(tokens.slice(select + 1, from));
  const names = selected.flatMap(([name]) => (name ? [nameOf(name)] : []));
  const keyNames = keyOf(insideParentheses(tokens.slice(primary)));
  const isAll = selected[0]?.[0]?.text === '*';
  return base
    .filter(({ name }) => isAll || names.includes(name))
    .map(({ name, type }) => ({ name, type, ...placeOf(name, keyNames, 'regular') }));
}

/** Pure. The table that a CREATE MATERIALIZED VIEW reads from. */
export function viewBase(statement: string): string | undefined {
  const tokens = significant(statement);
  const from = tokens.findIndex((token) => isWord(token, 'FROM'));
  const name = tokens[from + 2]?.text === '.' ? tokens[from + 3] : tokens[from + 1];
  return from < 0 || !name ? undefined : nameOf(name);
}

/** Pure. The id that a snapshot's schema.cql creates its table with. */
export function statementId(statement: string): string | undefined {
  return /\bWITH ID = ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/i.exec(statement)?.[1];
}

/** Pure. The replication of a CREATE KEYSPACE. */
export function keyspaceReplication(statement: string): Readonly<Record<string, string>> {
  const tokens = significant(statement);
  const start = tokens.findIndex((token) => isWord(token, 'REPLICATION'));
  const strings = tokens
    .slice(start, start + tokens.slice(start).findIndex(({ text }) => text === '}'))
    .filter(({ text }) => /^'.*'$/s.test(text))
    .map(({ text }) => text.slice(1, -1).replaceAll("''", "'"));
  const pairs = Array.from({ length: strings.length / 2 }, (_, index) =>
    strings.slice(index * 2, index * 2 + 2),
  );
  return start < 0 ? {} : Object.fromEntries(pairs);
}

interface KeyNames {
  readonly partition: readonly string[];
  readonly clustering: readonly string[];
}

/** `(a, b), c` or `a, c`. */
function keyOf(tokens: readonly CqlToken[]): KeyNames {
  const [first = [], ...rest] = splitAtCommas(tokens);
  const partition = first[0]?.text === '(' ? splitAtCommas(insideParentheses(first)) : [first];
  const names = (parts: ReadonlyArray<readonly CqlToken[]>): readonly string[] =>
    parts.flatMap(([name]) => (name ? [nameOf(name)] : []));
  return { partition: names(partition), clustering: names(rest) };
}

function placeOf(name: string, { partition, clustering }: KeyNames, otherwise: 'static' | 'regular') {
  if (partition.includes(name)) return { kind: 'partition_key', position: partition.indexOf(name) };
  if (clustering.includes(name)) return { kind: 'clustering', position: clustering.indexOf(name) };
  return { kind: otherwise, position: -1 };
}

/** As system_schema writes it. */
function typeOf(tokens: readonly CqlToken[]): string {
  const end = tokens.findIndex((token) =>
    ['STATIC', 'PRIMARY', 'MASKED', 'CHECK'].some((word) => isWord(token, word)),
  );
  return textOf(end < 0 ? tokens : tokens.slice(0, end)).replaceAll(',', ', ');
}

function hasWords(tokens: readonly CqlToken[], first: string, second: string): boolean {
  return tokens.some((token, index) => isWord(token, first) && isWord(tokens[index + 1], second));
}

function significant(statement: string): readonly CqlToken[] {
  return [...cqlTokens(statement)].filter(({ kind }) => kind !== 'blank');
}
