import type { JournalPlan, JournalRing } from '../../cassandra/journal.ts';
import type { Ring } from '../../cassandra/ring.ts';
import { readSchema } from '../../cassandra/schema.ts';
import { CainError } from '../../errors.ts';
import { journalRingOf } from './journal-ring.ts';
import { ownersOf } from './map-nodes.ts';
import { mayHaveTruncated } from './next-step.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';
import type { JournalsByPod } from './resume.ts';

interface UndoRing {
  readonly undone: JournalPlan;
  readonly journals: JournalsByPod;
  /** Every member of the ring that keeps rows of what was restored. */
  readonly owners: ReadonlyArray<{ readonly hostId: string; readonly address: string }>;
  readonly nodes: RestoreRun['survey']['nodes'];
}

/**
 * Pure. An undo truncates in the whole cluster, and what comes back are files of single nodes: each that keeps rows
 * must be a pod that keeps its part of the restore, and the rows must have the replicas of then. Throws CAIN_RESTORE_UNDO.
 */
export function checkUndoRing({ undone, journals, owners, nodes }: UndoRing): void {
  const own = [...journals.values()].flat().filter(({ id }) => id === undone.id);
  // Where nothing was truncated, nothing will be.
  if (!own.some(({ states }) => mayHaveTruncated(states.values()))) return;
  const found = new Set(nodes.map(({ hostId }) => hostId));
  const strangers = owners
    .filter(({ hostId }) => !found.has(hostId))
    .map(
      ({ address, hostId }) =>
        `The ring's node ${address} (${hostId}) owns a range of what was restored, and is none of the pods that were found`,
    );
  if (strangers.length > 0) {
    throw ringError(
      undone,
      strangers,
      'CAIN_SELECTOR must find the pods of all that keep rows of these keyspaces.',
    );
  }
  const strange = nodes
    .filter(({ pod }) => !journals.get(pod.name)?.some(({ id }) => id === undone.id))
    .map(({ pod }) => `${pod.name} knows nothing of that restore`);
  const problems = [...strange, ...(undone.ring ? differences(undone.ring, journalRingOf(nodes)) : [])];
  if (problems.length === 0) return;
  throw ringError(
    undone,
    problems,
    'The snapshots are on the nodes still, but an import of them would leave rows where nobody looks for them. A backup from before the restore (cain list) can be restored into this ring.',
  );
}

function differences(then: JournalRing, now: JournalRing): readonly string[] {
  const idsThen = new Map(then.members.map(({ pod, hostId }) => [hostId, pod]));
  const idsNow = new Set(now.members.map(({ hostId }) => hostId));
  const gone = [...idsThen]
    .filter(([hostId]) => !idsNow.has(hostId))
    .map(([hostId, pod]) => `${pod} (${hostId}) is no longer a member of the ring`);
  const fresh = now.members
    .filter(({ hostId }) => !idsThen.has(hostId))
    .map(({ pod, hostId }) => `${pod} (${hostId}) has joined the ring since`);
  if (gone.length + fresh.length > 0) return [...gone, ...fresh];
  return then.sum === now.sum ? [] : ['The nodes have other tokens, data centres or racks than then'];
}

function ringError({ id }: JournalPlan, problems: readonly string[], hint: string): CainError {
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  return new CainError('CAIN_RESTORE_UNDO', `Restore ${id} can't be undone in this ring:${list}`, {
    hint: `Nothing was changed. ${hint}`,
    fields: { problems: problems.length },
  });
}

/** Members of the ring that keep rows of what this restore has restored. */
export async function findOwners(run: RestoreRun, ring: Ring, undone: JournalPlan): Promise<Ring['nodes']> {
  const { keyspaces } = await readSchema(run.access.tools, speakerOf(run).pod, run.signal);
  const replications = new Map(keyspaces.map(({ name, replication }) => [name, replication]));
  const restored = [...new Set(undone.tables.map(({ keyspace }) => keyspace))];
  const owners = ownersOf(
    { partitioner: run.survey.partitioner, ring: ring.nodes, replications },
    restored.map((keyspace) => ({ keyspace })),
  );
  return ring.nodes.filter(({ hostId }) => owners.has(hostId));
}
