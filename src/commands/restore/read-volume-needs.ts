import { hasReached } from '../../cassandra/journal.ts';
import { stagedBytes } from '../../cassandra/staged-files.ts';
import type { JournalBook } from './journal-book.ts';
import { allTables, type NodePlan, type RestoreGroup } from './restore-plan.ts';
import { onAllNodes, type RestoreRun, rootsOf } from './restore-run.ts';
import { type VolumeNeed, volumeNeeds } from './space.ts';

/** What the restore still takes of every data volume: what is to be staged, less what an earlier run has staged. */
export async function readVolumeNeeds(
  run: RestoreRun,
  nodes: readonly NodePlan[],
  groups: readonly RestoreGroup[],
  { id, book, spread }: { id: string; book: JournalBook; spread: ReadonlySet<string> },
): Promise<readonly VolumeNeed[]> {
  const needs: VolumeNeed[] = [];
  await onAllNodes(nodes, async (plan) => {
    const { pod, dataDirectories, disks } = plan.node;
    const sizes = await stagedBytes(run.access.tools, pod, rootsOf(plan.node, id), run.signal);
    const staged = new Map(dataDirectories.map((directory, index) => [directory, sizes[index] ?? 0]));
    needs.push(
      ...volumeNeeds(pod.name, disks.volumes, {
        toStage: addRewrite(bytesToStage(plan, groups, book), plan, spread),
        staged,
      }),
    );
  });
  return needs.toSorted((a, b) => (a.pod < b.pod ? -1 : 1));
}

/** A clean-up writes an SSTable anew, one at a time, before the old one goes: the largest must fit once more. */
function addRewrite(
  bytes: ReadonlyMap<string, number>,
  { files }: NodePlan,
  spread: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const sizes = [...files].flatMap(([name, { largestBytes }]) =>
    spread.has(name.slice(0, name.indexOf('.'))) ? [largestBytes] : [],
  );
  const largest = Math.max(0, ...sizes);
  return new Map([...bytes].map(([directory, size]) => [directory, size + largest]));
}

/** By data directory of the cluster. What is being imported has left the staging, or is about to. */
function bytesToStage(
  { node, files, placement }: NodePlan,
  groups: readonly RestoreGroup[],
  book: JournalBook,
): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  for (const table of allTables(groups)) {
    if (hasReached(book.stateOf(node.pod.name, table), 'importing')) continue;
    for (const [from, size] of files.get(`${table.keyspace}.${table.table}`)?.bytesByDirectory ?? []) {
      const to = placement(from);
      bytes.set(to, (bytes.get(to) ?? 0) + size);
    }
  }
  return bytes;
}
