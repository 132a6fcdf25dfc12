import { quoteIdentifier, statementKind } from './cql.ts';
import { type CqlToken, cqlTokens } from './cql-tokens.ts';

/** New names for what a statement speaks of; each function gives the old name where nothing changes. */
export interface NewNames {
  /** The keyspace as the statement names it, and what it is to be called. */
  readonly from: string;
  readonly to: string;
  table(name: string): string;
  index(name: string): string;
  /** The id that a table or view is created with; undefined = as it stands. */
  readonly tableId?: string;
}

/**
 * The same statement about other names. For the CREATE and ALTER statements that DESC and a snapshot's schema.cql hold:
 * there a keyspace's name stands before a dot, and everything else (types of columns, functions of aggregates) goes
 * without it.
 */
export function rewriteStatement(statement: string, names: NewNames): string {
  const tokens = [...cqlTokens(statement)];
  const { kind } = statementKind(statement);
  const edits = new Map<number, string>();
  if (kind === 'keyspace') renameKeyspace(tokens, names, edits);
  else
    renameQualified(tokens, names, edits, {
      withTables: kind !== 'type' && kind !== 'function' && kind !== 'aggregate',
    });
  if (kind === 'index') renameIndex(tokens, names, edits);
  if ((kind === 'table' || kind === 'view') && names.tableId !== undefined)
    replaceId(tokens, names.tableId, edits);
  return tokens.map(({ text }, index) => edits.get(index) ?? text).join('');
}

/** By index of the token. */
type Edits = Map<number, string>;

function renameKeyspace(tokens: readonly CqlToken[], { from, to }: NewNames, edits: Edits): void {
  const start = tokens.findIndex((token) => isWord(token, 'KEYSPACE'));
  const at = tokens.findIndex((token, index) => index > start && nameOf(token) === from);
  if (at >= 0) edits.set(at, quoteIdentifier(to));
}

function renameQualified(
  tokens: readonly CqlToken[],
  { from, to, table }: NewNames,
  edits: Edits,
  { withTables }: { withTables: boolean },
): void {
  for (const [index, token] of tokens.entries()) {
    const name = tokens[index + 2] && nameOf(tokens[index + 2] as CqlToken);
    if (nameOf(token) !== from || tokens[index + 1]?.text !== '.' || name === undefined) continue;
    edits.set(index, quoteIdentifier(to));
    if (withTables) edits.set(index + 2, quoteIdentifier(table(name)));
  }
}

/** `CREATE [CUSTOM] INDEX [IF NOT EXISTS] <name> ON …`; one without a name is left to Cassandra. */
function renameIndex(tokens: readonly CqlToken[], { index: newName }: NewNames, edits: Edits): void {
  const on = tokens.findIndex((token) => isWord(token, 'ON'));
  const at = tokens.findLastIndex(({ kind }, index) => index < on && kind !== 'blank');
  const token = tokens[at];
  const name = token && nameOf(token);
  if (name === undefined || isWord(token, 'INDEX') || isWord(token, 'EXISTS')) return;
  edits.set(at, quoteIdentifier(newName(name)));
}

/** `WITH ID = 60adc090-e6a8-11f1-b5c1-211f21ffd7e7`, of which the parts are words and hyphens to the tokenizer. */
function replaceId(tokens: readonly CqlToken[], id: string, edits: Edits): void {
  const start = tokens.findLastIndex((token) => isWord(token, 'WITH'));
  const option = tokens.findIndex((token, index) => index > start && isWord(token, 'ID'));
  if (start < 0 || option < 0) return;
  const equals = tokens.findIndex(({ text }, index) => index > option && text === '=');
  const first = tokens.findIndex(({ kind }, index) => index > equals && kind !== 'blank');
  edits.set(first, id);
  for (let at = first + 1; tokens[at] && tokens[at]?.kind !== 'blank'; at++) edits.set(at, '');
}

function isWord(token: CqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}

/** The name that a token is, if it can be one: a number is none. */
function nameOf({ kind, text }: CqlToken): string | undefined {
  if (kind === 'quoted-name') return text.slice(1, -1).replaceAll('""', '"');
  return kind === 'word' && /^[a-z]/i.test(text) ? text.toLowerCase() : undefined;
}
