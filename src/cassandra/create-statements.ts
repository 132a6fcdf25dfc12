import { quoteString } from './cql.ts';
import { type CqlToken, cqlTokens } from './cql-tokens.ts';
import { unreadableOutput } from './unreadable.ts';

/** The fields of a CREATE TYPE, in order; types as written, blanks evened out. */
export function typeFields(
  statement: string,
): ReadonlyArray<{ readonly name: string; readonly type: string }> {
  const body = insideParentheses(significantTokens(statement));
  return splitAtCommas(body).flatMap(([name, ...type]) =>
    name === undefined ? [] : [{ name: nameOf(name), type: textOf(type) }],
  );
}

/** Clustering columns that are not in ascending order, from a CREATE TABLE or CREATE MATERIALIZED VIEW. */
export function descendingColumns(statement: string): ReadonlySet<string> {
  const tokens = significantTokens(statement);
  const at = tokens.findIndex(
    (token, index) =>
      isWord(token, 'CLUSTERING') && isWord(tokens[index + 1], 'ORDER') && isWord(tokens[index + 2], 'BY'),
  );
  if (at < 0) return new Set();
  const columns = splitAtCommas(insideParentheses(tokens.slice(at)));
  return new Set(columns.flatMap(([name, order]) => (name && isWord(order, 'DESC') ? [nameOf(name)] : [])));
}

/** The value of an option in the WITH clause, as written; undefined = it has none. */
export function tableOption(statement: string, option: string): string | undefined {
  const tokens = significantTokens(statement);
  const at = tokens.findIndex(
    (token, index) =>
      token.kind === 'word' && token.text.toLowerCase() === option && tokens[index + 1]?.text === '=',
  );
  if (at < 0) return undefined;
  const rest = tokens.slice(at + 2);
  const end = rest.findIndex((token) => isWord(token, 'AND'));
  return textOf(end < 0 ? rest : rest.slice(0, end));
}

/** Whether the table's schema turns automatic compaction off. */
export function isCompactionDisabled(statement: string): boolean {
  return /'enabled' ?: ?'false'/i.test(tableOption(statement, 'compaction') ?? '');
}

/** A column that a table once had. What was written to it until then is not read any more, even where it came back. */
export interface DroppedColumn {
  readonly name: string;
  /** Milliseconds since 1970, as system_schema keeps it. */
  readonly droppedAtMs: number;
}

/** What an `ALTER TABLE … DROP <column> USING TIMESTAMP <µs>` of a snapshot's schema.cql drops. */
export function droppedColumn(statement: string): DroppedColumn | undefined {
  const tokens = significantTokens(statement);
  const at = tokens.findIndex((token) => isWord(token, 'DROP'));
  const name = at < 0 ? undefined : tokens[at + 1];
  if (!name) return undefined;
  const timestamp = tokens.findIndex((token, index) => index > at && isWord(token, 'TIMESTAMP'));
  const micros = timestamp < 0 ? 0 : Number(tokens[timestamp + 1]?.text);
  return { name: nameOf(name), droppedAtMs: Math.floor(micros / 1000) };
}

/** The column that an `ALTER TABLE … ADD <column> <type>` of a snapshot's schema.cql adds. */
export function addedColumn(statement: string): string | undefined {
  const tokens = significantTokens(statement);
  const at = tokens.findIndex((token) => isWord(token, 'ADD'));
  const name = at < 0 ? undefined : tokens[at + 1];
  return name && nameOf(name);
}

/** The same statement, harmless where what it makes is there already. */
export function withIfNotExists(statement: string): string {
  return statement.replace(
    /^\s*CREATE\s+(KEYSPACE|TYPE|FUNCTION|AGGREGATE|MATERIALIZED\s+VIEW)\s+(?!IF\s+NOT\s+EXISTS\b)/i,
    (_, kind: string) => `CREATE ${kind.toUpperCase()} IF NOT EXISTS `,
  );
}

/** A CREATE KEYSPACE with another replication. */
export function withReplication(statement: string, replication: Readonly<Record<string, string>>): string {
  const tokens = [...cqlTokens(statement)];
  const option = tokens.findIndex((token) => isWord(token, 'REPLICATION'));
  const open = tokens.find(({ text }, index) => index > option && text === '{');
  const close = tokens.find(({ text, start }) => open && start > open.start && text === '}');
  if (option < 0 || !open || !close) throw unreadableOutput('DESC', statement);
  const options = Object.entries(replication).map(
    ([name, value]) => `${quoteString(name)}: ${quoteString(value)}`,
  );
  return `${statement.slice(0, open.start)}{${options.join(', ')}${statement.slice(close.start)}`;
}

function significantTokens(statement: string): readonly CqlToken[] {
  return [...cqlTokens(statement)].filter(({ kind }) => kind !== 'blank');
}

/** The tokens between the first opening parenthesis and the one that closes it. */
export function insideParentheses(tokens: readonly CqlToken[]): readonly CqlToken[] {
  const start = tokens.findIndex(({ text }) => text === '(');
  let depth = 0;
  for (let index = start; start >= 0 && index < tokens.length; index++) {
    if (tokens[index]?.text === '(') depth++;
    if (tokens[index]?.text === ')') depth--;
    if (depth === 0) return tokens.slice(start + 1, index);
  }
  return [];
}

export function splitAtCommas(tokens: readonly CqlToken[]): ReadonlyArray<readonly CqlToken[]> {
  const parts: CqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(' || token.text === '<') depth++;
    if (token.text === ')' || token.text === '>') depth--;
    if (token.text === ',' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

export function nameOf({ kind, text }: CqlToken): string {
  return kind === 'quoted-name' ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
}

export function isWord(token: CqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}

/** Without the blanks that people and servers put in differently. */
export function textOf(tokens: readonly CqlToken[]): string {
  return tokens
    .map(({ text }) => text)
    .join(' ')
    .replaceAll(/ ?([<>(),.:{}]) ?/g, '$1');
}
