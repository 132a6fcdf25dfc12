import { type CqlToken, cqlTokens } from './cql-tokens.ts';
import { unreadableOutput } from './unreadable.ts';

/**
 * The reserved words of CQL, the same in 4.0, 4.1 and 5.0 (org/apache/cassandra/cql3/reserved_keywords.txt in
 * their jars): a name that is one of them needs quotes.
 */
const reservedWords: ReadonlySet<string> = new Set(
  (
    'add allow alter and apply asc authorize batch begin by columnfamily create delete desc describe drop ' +
    'entries execute from full grant if in index infinity insert into is keyspace limit materialized modify ' +
    'nan norecursive not null of on or order primary rename revoke schema select set table to token truncate ' +
    'unlogged update use using view where with'
  ).split(' '),
);

/**
 * A name of a keyspace, table, column or type as CQL takes it. In quotes only where it must be: then a plain
 * name stays as the original Cain wrote it, and names look as in DESC's own text.
 */
export function quoteIdentifier(name: string): string {
  if (/^[a-z][a-z0-9_]*$/.test(name) && !reservedWords.has(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal. */
export function quoteString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The statements of a CQL script, without their `;` and without the blanks and comments around them. DESC puts
 * tables that CQL can't describe into a comment: such are no statements. Batches are not known. Throws
 * CAIN_OUTPUT_UNREADABLE when the last statement has no `;`: then the text was cut.
 */
export function splitStatements(script: string): readonly string[] {
  const statements: string[] = [];
  let start: number | undefined;
  let end = 0;
  for (const token of cqlTokens(script)) {
    if (token.kind === 'blank') continue;
    if (token.kind === 'symbol' && token.text === ';') {
      if (start !== undefined) statements.push(script.slice(start, end));
      start = undefined;
      continue;
    }
    start ??= token.start;
    end = token.start + token.text.length;
  }
  if (start !== undefined) throw unreadableOutput('DESC', `${script.slice(start, end)} (without ";")`);
  return statements;
}

/** What a statement makes or changes. Names are as in system_schema: without quotes, in their own case. */
export interface StatementSubject {
  readonly kind:
    | 'keyspace'
    | 'type'
    | 'function'
    | 'aggregate'
    | 'table'
    | 'view'
    | 'index'
    | 'trigger'
    | 'alter-table'
    | 'other';
  readonly keyspace?: string;
  /** Absent for a keyspace, and for an index that is to name itself. */
  readonly name?: string;
  /** The table that an index or a trigger is on. */
  readonly table?: string;
}

const creations: ReadonlyArray<readonly [words: string, kind: StatementSubject['kind']]> = [
  ['KEYSPACE', 'keyspace'],
  ['TYPE', 'type'],
  ['FUNCTION', 'function'],
  ['AGGREGATE', 'aggregate'],
  ['TABLE', 'table'],
  ['COLUMNFAMILY', 'table'],
  ['MATERIALIZED VIEW', 'view'],
  ['INDEX', 'index'],
  ['CUSTOM INDEX', 'index'],
  ['TRIGGER', 'trigger'],
];

/** Reads the statements that DESC and a snapshot's schema.cql hold; everything else is "other". */
export function statementKind(statement: string): StatementSubject {
  const words = readWords(statement);
  if (words.take('ALTER TABLE')) {
    words.take('IF EXISTS');
    return { kind: 'alter-table', ...words.takeName() };
  }
  if (!words.take('CREATE')) return { kind: 'other' };
  words.take('OR REPLACE');
  const kind = creations.find(([phrase]) => words.take(phrase))?.[1];
  if (!kind) return { kind: 'other' };
  words.take('IF NOT EXISTS');
  if (kind === 'index' || kind === 'trigger') return { kind, ...takeNameOnTable(words) };
  const { keyspace, name } = words.takeName();
  if (kind === 'keyspace') return { kind, ...(name === undefined ? {} : { keyspace: name }) };
  return { kind, ...(keyspace === undefined ? {} : { keyspace }), ...(name === undefined ? {} : { name }) };
}

/** `[<name>] ON <table>`. */
function takeNameOnTable(words: Words): Omit<StatementSubject, 'kind'> {
  const own = words.take('ON') ? undefined : words.takeName().name;
  words.take('ON');
  const { keyspace, name: table } = words.takeName();
  return {
    ...(own === undefined ? {} : { name: own }),
    ...(keyspace === undefined ? {} : { keyspace }),
    ...(table === undefined ? {} : { table }),
  };
}

/** The words of a statement, taken from its front. */
interface Words {
  /** Takes these words, in any case, if they are next. */
  take(phrase: string): boolean;
  /** Takes `name` or `keyspace.name`. */
  takeName(): { readonly keyspace?: string; readonly name?: string };
}

function readWords(statement: string): Words {
  const coming = cqlTokens(statement);
  const tokens: CqlToken[] = [];
  let at = 0;

  /** The front says what a statement is: its body, often a hundred times as long, is not read. */
  function tokenAt(index: number): CqlToken | undefined {
    while (tokens.length <= index) {
      const { value, done } = coming.next();
      if (done) return undefined;
      if (value.kind !== 'blank') tokens.push(value);
    }
    return tokens[index];
  }

  function takeIdentifier(): string | undefined {
    const token = tokenAt(at);
    if (token?.kind !== 'word' && token?.kind !== 'quoted-name') return undefined;
    at++;
    return token.kind === 'word' ? token.text.toLowerCase() : token.text.slice(1, -1).replaceAll('""', '"');
  }

  return {
    take(phrase) {
      const words = phrase.split(' ');
      const isNext = words.every((word, index) => isWord(tokenAt(at + index), word));
      if (isNext) at += words.length;
      return isNext;
    },
    takeName() {
      const first = takeIdentifier();
      if (first === undefined) return {};
      if (tokenAt(at)?.text !== '.') return { name: first };
      at++;
      const second = takeIdentifier();
      return second === undefined ? { name: first } : { keyspace: first, name: second };
    },
  };
}

function isWord(token: CqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}
