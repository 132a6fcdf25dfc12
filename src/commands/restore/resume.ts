import type { JournalPlan, NodeJournal } from '../../cassandra/journal.ts';
import { isScratchKeyspace } from '../../cassandra/scratch-keyspaces.ts';
import { CainError } from '../../errors.ts';

/** The journals that lie on each node, by pod name. */
export type JournalsByPod = ReadonlyMap<string, readonly NodeJournal[]>;

/** Where this run stands among the restores that the nodes know of. */
export type Standing =
  | { readonly kind: 'new' }
  /** All was done under this id. */
  | { readonly kind: 'finished'; readonly plan: JournalPlan }
  /** Under this id, or another one. */
  | { readonly kind: 'unfinished'; readonly plan: JournalPlan };

/** A drill's: it holds up nothing, and nothing goes on with it. */
export function isDrill({ tables }: JournalPlan): boolean {
  return tables.length > 0 && tables.every(({ keyspace }) => isScratchKeyspace(keyspace));
}

/**
 * Before the backup is chosen: what is known of this id. Throws CAIN_RESTORE_JOURNAL where several restores are
 * unfinished, or where the id has restored another tag than the one asked for.
 */
export function standingOf(journals: JournalsByPod, id: string, tag: string): Standing {
  const all = [...journals.values()].flat();
  const own = all.filter((journal) => journal.id === id);
  const open = all.filter(({ plan, isFinished }) => plan && !isFinished && !isDrill(plan));
  // A restore that is being undone is no longer one of its own.
  const undone = new Set(open.map(({ plan }) => plan?.undoes));
  const unfinished = open.filter(({ id: each }) => !undone.has(each));
  const ids = [...new Set(unfinished.map((journal) => journal.id))];
  if (ids.length > 1) throw severalUnfinished(ids);
  // Some nodes may have finished before the run died.
  const [plan] = unfinished.flatMap((journal) => journal.plan ?? []);
  if (plan) return { kind: 'unfinished', plan };
  if (own.some(({ isUndone }) => isUndone)) {
    throw new CainError('CAIN_RESTORE_JOURNAL', `Restore ${id} was undone`, {
      hint: 'Take another CAIN_RESTORE_ID for another restore.',
    });
  }
  const done = own.find(({ plan, isFinished }) => plan && isFinished)?.plan;
  if (!done) return { kind: 'new' };
  if (tag !== 'latest' && tag !== done.tag) {
    throw new CainError(
      'CAIN_RESTORE_JOURNAL',
      `Restore ${id} is finished, and it was of backup ${done.tag}, not ${tag}`,
      {
        hint: 'Take another CAIN_RESTORE_ID for another restore.',
      },
    );
  }
  return { kind: 'finished', plan: done };
}

/** The tag to restore: a run that goes on with its own restore keeps its tag, though "latest" may mean another by now. */
export function tagToRestore(standing: Standing, id: string, tag: string): string {
  const isOwn = standing.kind === 'unfinished' && standing.plan.id === id;
  return tag === 'latest' && isOwn ? standing.plan.tag : tag;
}

/**
 * Once it is known what this run would do (`sum`): the id under which it works, that of an unfinished restore of just
 * the same. Throws CAIN_RESTORE_JOURNAL where an unfinished one is another.
 */
export function idToWorkUnder(standing: Standing, id: string, sum: string): string {
  if (standing.kind !== 'unfinished') return id;
  const { plan } = standing;
  if (plan.sum === sum) return plan.id;
  if (plan.undoes !== undefined) {
    throw new CainError(
      'CAIN_RESTORE_JOURNAL',
      `The undo of restore ${plan.undoes} (begun ${plan.startedAt}) is unfinished`,
      {
        hint: `Finish it with CAIN_RESTORE_ID=${plan.undoes} and --undo, or give it up with CAIN_RESTORE_ID=${plan.id} and --clean.`,
        fields: { restoreId: plan.id },
      },
    );
  }
  throw new CainError(
    'CAIN_RESTORE_JOURNAL',
    `Restore ${plan.id} of backup ${plan.tag} (begun ${plan.startedAt}) is unfinished and is of another backup, node mapping or set of tables`,
    {
      hint: `Finish it with CAIN_RESTORE_ID=${plan.id} CAIN_TAG=${plan.tag} and the settings of then, or give it up with CAIN_RESTORE_ID=${plan.id} and --clean: tables that it has truncated stay as they are.`,
      fields: { restoreId: plan.id, tag: plan.tag },
    },
  );
}

function severalUnfinished(ids: readonly string[]): CainError {
  return new CainError(
    'CAIN_RESTORE_JOURNAL',
    `Several restores are unfinished on the nodes: ${ids.join(', ')}`,
    {
      hint: `Give all but one up with CAIN_RESTORE_ID=<id> cain restore --clean.`,
    },
  );
}
