import { tableName } from '../../cassandra/journal.ts';
import { readSchema, type Schema } from '../../cassandra/schema.ts';
import { CainError } from '../../errors.ts';
import type { RestoreGroup } from './restore-plan.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';

/** A look costs a cqlsh: one before each of thousands of tables would double the time in which they are empty. */
const looksEveryMs = 60_000;

/**
 * Staging takes hours, and TRUNCATE goes by name. Gives what is to be called before one: throws CAIN_RESTORE_SCHEMA
 * where a table is not the planned one any more, or has a view that would be emptied and not filled again. What it
 * knows is a minute old at most; the plan, that has just been made, counts as the first look.
 */
export function checkSchemaSince(
  run: RestoreRun,
  now: () => number = () => performance.now(),
): (group: RestoreGroup) => Promise<void> {
  let seenAt = now();
  let schema: Schema | undefined;
  return async (group) => {
    if (now() - seenAt >= looksEveryMs) {
      schema = await readSchema(run.access.tools, speakerOf(run).pod, run.signal);
      seenAt = now();
    }
    const difference = schema && differenceOf(group, schema);
    if (difference !== undefined) throw schemaError(difference);
  };
}

function differenceOf(
  { keyspace, tables, rebuiltViews = [] }: RestoreGroup,
  schema: Schema,
): string | undefined {
  const live = schema.keyspaces.find(({ name }) => name === keyspace)?.tables ?? [];
  for (const table of tables) {
    const id = live.find(({ name }) => name === table.table)?.id.replaceAll('-', '');
    if (id === undefined) return `${tableName(table)} was dropped`;
    if (id !== table.liveId) return `${tableName(table)} was dropped and created again`;
  }
  const known = new Set([...tables.map(({ table }) => table), ...rebuiltViews.map(({ view }) => view)]);
  const view = live.find(({ name, baseTable }) => baseTable === tables[0].table && !known.has(name));
  return view && `view ${keyspace}.${view.name} was made: it would be emptied and not filled again`;
}

function schemaError(difference: string): CainError {
  return new CainError('CAIN_RESTORE_SCHEMA', `Since this restore was planned, ${difference}`, {
    hint: 'This table was not touched. Drop such a view and make it again afterwards; a table that was created anew needs another plan: give this restore up, and restore under another id.',
  });
}
