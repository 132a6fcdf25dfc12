import { hasReached, type JournalPlan, tableName } from '../../cassandra/journal.ts';
import { beginJournal, recordStates } from '../../cassandra/journal-files.ts';
import { createPartPool, type PartPool } from '../../transfer/part-pool.ts';
import { journalRingOf } from './journal-ring.ts';
import { prepareNode } from './prepare-node.ts';
import { allTables, type NodePlan } from './restore-plan.ts';
import { journalOf, onAllNodes } from './restore-run.ts';
import type { RestoreWork } from './restore-work.ts';
import { stageFiles } from './stage-files.ts';

/** Writes on every node what is to be done, before anything of it is. */
export async function beginJournals({ run, plan }: RestoreWork): Promise<void> {
  const tables = allTables(plan.groups);
  const journalPlan: JournalPlan = {
    format: 1,
    id: plan.id,
    tag: plan.manifest.tag,
    source: run.store.location,
    clusterName: run.survey.clusterName,
    startedAt: run.context.now().toISOString(),
    sum: plan.sum,
    tables: tables.map(({ keyspace, table, kind }) => ({ keyspace, table, kind })),
    created: tables.filter(({ isCreated }) => isCreated).map(tableName),
    ring: journalRingOf(run.survey.nodes),
    ...(plan.alone === undefined ? {} : { node: plan.alone }),
    ...(plan.isMerge
      ? { isMerge: true, views: plan.groups.flatMap(({ rebuiltViews }) => rebuiltViews ?? []) }
      : {}),
  };
  await onAllNodes(plan.nodes, ({ node }) =>
    beginJournal(
      run.access.tools,
      node.pod,
      { journal: journalOf(node, plan.id), plan: journalPlan },
      run.signal,
    ),
  );
}

/**
 * Brings the files of all tables to all nodes at once, each checked twice on its way; then the journals say so. Only
 * when every node has everything may the first table be truncated.
 */
export async function stageNodes(work: RestoreWork): Promise<void> {
  const { settings } = work.run.context;
  const pool = createPartPool(settings.memoryBytes, settings.partSizeBytes);
  const broken = new AbortController();
  const run = { ...work.run, signal: AbortSignal.any([work.run.signal, broken.signal]) };
  await onAllNodes(work.plan.nodes, async (node) => {
    try {
      await stageNode({ ...work, run }, node, pool);
    } catch (error) {
      broken.abort(error);
      throw error;
    }
  });
}

async function stageNode(work: RestoreWork, node: NodePlan, pool: PartPool): Promise<void> {
  const { run, plan, book } = work;
  const { pod } = node.node;
  const tables = allTables(plan.groups);
  // What is being imported is moving out of the staging.
  const wanted = tables.filter((table) => !hasReached(book.stateOf(pod.name, table), 'importing'));
  const owners = await prepareNode(run, plan, node);
  const owned = wanted.map((table) => ({ table, owner: owners(table) }));
  await stageFiles(work, node, { tables: owned, pool, keepsStaged: plan.resumed !== undefined });
  const fresh = wanted.filter((table) => book.stateOf(pod.name, table) === undefined);
  const states = new Map(fresh.map((table) => [tableName(table), 'staged' as const]));
  await recordStates(run.access.tools, pod, { journal: journalOf(node.node, plan.id), states }, run.signal);
  for (const table of fresh) book.note(pod.name, table, 'staged');
}
