import { type JournalPlan, type NodeJournal, tableName } from '../../cassandra/journal.ts';
import { isScratchKeyspace } from '../../cassandra/scratch-keyspaces.ts';
import { CainError } from '../../errors.ts';
import { mayHaveTruncated } from './next-step.ts';

/** The journals that lie on each node, by pod name. */
export type JournalsByPod = ReadonlyMap<string, readonly NodeJournal[]>;

/** Where this run stands among the restores that the nodes know of. */
export type Standing =
  | { readonly kind: 'new' }
  /** All was done under this id. */
  | { readonly kind: 'finished'; readonly plan: JournalPlan }
  /** Under this id, or another one. */
  | { readonly kind: 'unfinished'; readonly plan: JournalPlan; readonly hasTruncated: boolean };

/** A drill's: it holds up nothing, and nothing goes on with it. */
export function isDrill({ tables }: JournalPlan): boolean {
  return tables.length > 0 && tables.every(({ keyspace }) => isScratchKeyspace(keyspace));
}

/**
 * Before the backup is chosen: what is known of this id. One that is finished stays so, whatever became of others.
 * Throws CAIN_RESTORE_JOURNAL where several restores are unfinished, or where the id has restored another tag than the
 * one asked for.
 */
export function standingOf(journals: JournalsByPod, id: string, tag: string): Standing {
  const all = [...journals.values()].flat();
  const open = all.filter(({ plan, isFinished }) => plan && !isFinished && !isDrill(plan));
  const isOpen = open.some((journal) => journal.id === id || journal.plan?.undoes === id);
  const own = all.filter((journal) => journal.id === id);
  const done = isOpen ? undefined : finishedPlan(own, tag);
  if (done) return { kind: 'finished', plan: done };
  // A restore that is being undone is no longer one of its own.
  const undone = new Set(open.map(({ plan }) => plan?.undoes));
  const unfinished = open.filter(({ id: each }) => !undone.has(each));
  const ids = [...new Set(unfinished.map((journal) => journal.id))];
  if (ids.length > 1) throw severalUnfinished(ids);
  checkNotUndone(all.filter((journal) => journal.id === ids[0]));
  // Some nodes may have finished before the run died.
  const [plan] = unfinished.flatMap((journal) => journal.plan ?? []);
  if (!plan) return { kind: 'new' };
  const hasTruncated = all
    .filter((journal) => journal.id === plan.id)
    .some(({ states }) => mayHaveTruncated(states.values()));
  return { kind: 'unfinished', plan, hasTruncated };
}

/** What this id has restored; undefined = nothing. */
function finishedPlan(own: readonly NodeJournal[], tag: string): JournalPlan | undefined {
  checkNotUndone(own);
  const done = own.find(({ plan, isFinished }) => plan && isFinished)?.plan;
  if (!done || tag === 'latest' || tag === done.tag) return done;
  throw new CainError(
    'CAIN_RESTORE_JOURNAL',
    `Restore ${done.id} is finished, and it was of backup ${done.tag}, not ${tag}`,
    { hint: 'Take another CAIN_RESTORE_ID for another restore.' },
  );
}

/** Its journals say what it had done, and no longer what the tables hold. */
function checkNotUndone(journals: readonly NodeJournal[]): void {
  const [id] = journals.map((journal) => journal.id);
  if (journals.some(({ isUndone }) => isUndone)) {
    throw new CainError('CAIN_RESTORE_JOURNAL', `Restore ${id} was undone`, {
      hint: 'Remove what is left of it with `cain restore --clean`, and take another CAIN_RESTORE_ID for another restore.',
    });
  }
  if (!journals.some(({ isUndoGivenUp }) => isUndoGivenUp)) return;
  throw new CainError(
    'CAIN_RESTORE_JOURNAL',
    `An undo of restore ${id} was given up after it had truncated tables`,
    {
      hint: `Go back with CAIN_RESTORE_ID=${id} cain restore --undo, or give it up with CAIN_RESTORE_ID=${id} and --clean. Another restore takes another CAIN_RESTORE_ID.`,
    },
  );
}

/** The tag to restore: a run that goes on with its own restore keeps its tag, though "latest" may mean another by now. */
export function tagToRestore(standing: Standing, id: string, tag: string): string {
  const isOwn = standing.kind === 'unfinished' && standing.plan.id === id;
  return tag === 'latest' && isOwn ? standing.plan.tag : tag;
}

/** What this run would do. */
export type WantedRestore = Pick<JournalPlan, 'sum' | 'tag' | 'source' | 'isMerge' | 'node'> & {
  /** As `keyspace.table`. */
  readonly tables: readonly string[];
};

/**
 * Once it is known what this run would do: the id under which it works, that of an unfinished restore of just the same.
 * Throws CAIN_RESTORE_JOURNAL where an unfinished one is another.
 */
export function idToWorkUnder(standing: Standing, id: string, wanted: WantedRestore): string {
  if (standing.kind !== 'unfinished') return id;
  const { plan, hasTruncated } = standing;
  if (plan.sum === wanted.sum) return plan.id;
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
  const list = differencesTo(plan, wanted).map((difference) => `\n  - ${difference}`);
  throw new CainError(
    'CAIN_RESTORE_JOURNAL',
    `Restore ${plan.id} of backup ${plan.tag} (begun ${plan.startedAt}) is unfinished and is another one:${list.join('')}`,
    { hint: waysOut(plan, hasTruncated), fields: { restoreId: plan.id, tag: plan.tag } },
  );
}

function waysOut({ id, tag, node }: JournalPlan, hasTruncated: boolean): string {
  const finish = `Finish it with CAIN_RESTORE_ID=${id} CAIN_TAG=${tag} and the settings of then`;
  const giveUp = `give it up with CAIN_RESTORE_ID=${id} and --clean`;
  if (!hasTruncated) return `${finish}, or ${giveUp}: it has truncated nothing yet.`;
  const goBack = node === undefined ? `, go back with CAIN_RESTORE_ID=${id} and --undo` : '';
  return `${finish}${goBack}, or ${giveUp}: tables that it has truncated stay as they are.`;
}

/** Pure. In what another restore differs, a sentence each: the settings of then are to be read from it. */
function differencesTo(then: JournalPlan, now: WantedRestore): readonly string[] {
  const names = then.tables.map(tableName);
  const lacking = names.filter((name) => !now.tables.includes(name));
  const further = now.tables.filter((name) => !names.includes(name));
  const lines = [
    difference('its backup is', then.tag, now.tag),
    difference('it comes from', then.source, now.source),
    difference('its mode is', modeOf(then), modeOf(now)),
    lacking.length > 0 ? [`of its tables, here would lack ${listOf(lacking)}`] : [],
    further.length > 0 ? [`its tables are not ${listOf(further)}`] : [],
  ].flat();
  return lines.length > 0
    ? lines
    : ['its files go to other nodes: pods were replaced, or the ring has changed'];
}

function difference(what: string, then: string, now: string): readonly string[] {
  return then === now ? [] : [`${what} ${then}; here it would be ${now}`];
}

function modeOf({ isMerge, node }: Pick<JournalPlan, 'isMerge' | 'node'>): string {
  if (node !== undefined) return `CAIN_NODE=${node}`;
  return isMerge ? 'merge' : 'replace';
}

const mostNamed = 20;

function listOf(tables: readonly string[]): string {
  const names = tables.toSorted();
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
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
