import { hasReached, tableName, type ViewStatement } from '../../cassandra/journal.ts';
import { readSchema, type SchemaKeyspace } from '../../cassandra/schema.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';
import type { JournalsByPod } from './resume.ts';

/** Views that unfinished restores may have dropped and that are not there, by restore id. */
export async function findGoneViews(
  run: RestoreRun,
  journals: JournalsByPod,
): Promise<ReadonlyMap<string, readonly ViewStatement[]>> {
  const isNeeded = [...journals.values()].flat().some(({ plan }) => plan?.views?.length);
  if (!isNeeded) return new Map();
  const { keyspaces } = await readSchema(run.access.tools, speakerOf(run).pod, run.signal);
  return goneViews(journals, keyspaces);
}

/** Pure. A view whose table is gone too can't be made and is no loss; one is dropped once its table is journalled. */
export function goneViews(
  journals: JournalsByPod,
  keyspaces: readonly SchemaKeyspace[],
): ReadonlyMap<string, readonly ViewStatement[]> {
  const live = new Set(
    keyspaces.flatMap(({ tables }) => tables.map(({ keyspace, name }) => `${keyspace}.${name}`)),
  );
  const gone = new Map<string, readonly ViewStatement[]>();
  for (const { id, plan, isFinished, states } of [...journals.values()].flat()) {
    if (!plan?.views || isFinished) continue;
    const views = plan.views
      .filter((view) => hasReached(states.get(tableName(view)), 'truncating'))
      .filter((view) => live.has(tableName(view)) && !live.has(`${view.keyspace}.${view.view}`));
    if (views.length > (gone.get(id)?.length ?? 0)) gone.set(id, views);
  }
  return gone;
}
