import { CainError } from '../../errors.ts';
import { type LiveSchema, type Statement, statementsThen } from './live-schema.ts';

/**
 * Throws CAIN_RESTORE_SCHEMA where an index of a table that is to be made has a name that an index of another table
 * has: `CREATE INDEX IF NOT EXISTS` would pass it over, and the table would lack it.
 */
export function checkIndexNames(
  created: ReadonlyArray<{ readonly keyspace: string; readonly table: string; readonly schemaText: string }>,
  live: LiveSchema,
): void {
  const takenBy = new Map(
    [...live.statements].flatMap(([keyspace, statements]) => indexesOf(keyspace, statements)),
  );
  const clashes: string[] = [];
  for (const record of created) {
    for (const [name, table] of indexesOf(record.keyspace, statementsThen(record))) {
      const rival = takenBy.get(name);
      if (rival !== undefined) clashes.push(`${name} of ${table} is the name of an index of ${rival}`);
      takenBy.set(name, table);
    }
  }
  if (clashes.length === 0) return;
  const list = clashes.map((clash) => `\n  - ${clash}`).join('');
  throw new CainError('CAIN_RESTORE_SCHEMA', `Indexes can't be made:${list}`, {
    hint: 'Nothing was changed. Drop the other index, or restore the table under another name (CAIN_RENAME).',
  });
}

/** Pairs of `keyspace.index` and `keyspace.table`. */
function indexesOf(
  keyspace: string,
  statements: readonly Statement[],
): ReadonlyArray<readonly [index: string, table: string]> {
  return statements.flatMap(({ subject: { kind, name, table } }) =>
    kind === 'index' && name !== undefined ? [[`${keyspace}.${name}`, `${keyspace}.${table}`] as const] : [],
  );
}
