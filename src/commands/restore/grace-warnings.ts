import { quoteIdentifier } from '../../cassandra/cql.ts';
import { tagTime } from '../../store/tag.ts';
import { gcGraceSeconds } from './check-staleness.ts';
import type { ChosenTables } from './choose-tables.ts';
import { creationIn, type LiveSchema, statementsOf } from './live-schema.ts';

const daySeconds = 86_400;
/** For the repair that is advised after the restore. */
const repairDays = 10;
/** A report names so many tables at most. */
const mostNamed = 20;

/**
 * Pure. Tables whose gc_grace_seconds are over for all that the backup holds: a node may purge a tombstone of it before a
 * repair has brought it to the others, and what it deleted comes back. Not where every owner gets the files of all
 * replicas (`spread`): then all have the tombstone.
 */
export function graceWarnings(
  { groups }: ChosenTables,
  live: LiveSchema,
  { tag, now, spread }: { tag: string; now: Date; spread: ReadonlySet<string> },
): readonly string[] {
  const ageSeconds = (now.getTime() - tagTime(tag).getTime()) / 1000;
  const enough = (Math.ceil(ageSeconds / daySeconds) + repairDays) * daySeconds;
  const stale = groups
    .filter(({ keyspace }) => !spread.has(keyspace))
    .map(({ base: { keyspace, table, schemaText } }) => ({
      name: `${quoteIdentifier(keyspace)}.${quoteIdentifier(table)}`,
      seconds: gcGraceSeconds(creationIn(live, keyspace, table) ?? ownCreation(schemaText)),
    }))
    .filter(({ seconds }) => ageSeconds >= seconds);
  if (stale.length === 0) return [];
  const more = stale.length - mostNamed;
  return [
    'The backup is older than gc_grace_seconds of these tables. Until a full repair has run after the restore, deleted rows may come back: raise it before (of a table that is made: as soon as it is there), and set it back after the repair:',
    ...stale
      .slice(0, mostNamed)
      .map(
        ({ name, seconds }) =>
          `- ALTER TABLE ${name} WITH gc_grace_seconds = ${enough}; -- and after the repair ${seconds}`,
      ),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}

function ownCreation(schemaText: string): string {
  return statementsOf(schemaText).find(({ subject }) => subject.kind === 'table')?.text ?? '';
}
