import { stopScripts } from '../../cassandra/broken-import.ts';
import { tableName } from '../../cassandra/journal.ts';
import {
  clearRehearsal,
  dropRehearsal,
  rehearsalMark,
  rehearseImport,
  setUpRehearsal,
} from '../../cassandra/rehearsal.ts';
import { readSchema } from '../../cassandra/schema.ts';
import { rehearsalKeyspace } from '../../cassandra/scratch-keyspaces.ts';
import { CainError } from '../../errors.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import type { RestorePlan } from './restore-plan.ts';
import { onAllNodes, type RestoreRun, speakerOf } from './restore-run.ts';

/** Long enough for a schema change and a nodetool on a busy cluster. */
const cleanupLimitMs = 120_000;

/**
 * Imports one SSTable of a scratch table on every node, out of the directories that the restore will use: what keeps
 * Cassandra from doing so shows while nothing is lost. Throws CAIN_RESTORE_REHEARSAL.
 */
export async function rehearse(run: RestoreRun, plan: RestorePlan): Promise<void> {
  const { tools } = run.access;
  await checkKeyspaceIsOurs(run);
  const restoreId = plan.id;
  const nodesByDataCenter = new Map<string, number>();
  for (const { probe } of run.survey.nodes) {
    nodesByDataCenter.set(probe.dataCenter, (nodesByDataCenter.get(probe.dataCenter) ?? 0) + 1);
  }
  try {
    await setUpRehearsal(tools, speakerOf(run).pod, { restoreId, nodesByDataCenter }, run.signal);
    await onAllNodes(run.survey.nodes, (node) => rehearseOn(run, node, restoreId));
  } catch (error) {
    await stopAndClear(run, restoreId).catch((failure: unknown) => attach(error, failure));
    run.signal.throwIfAborted();
    throw error instanceof CainError && error.code === 'CAIN_EXEC_FAILED'
      ? rehearsalError(error.message, error)
      : error;
  }
  // Not the run's own signal: what was made must go.
  await clearAll(run, restoreId, AbortSignal.timeout(cleanupLimitMs));
  run.signal.throwIfAborted();
}

async function rehearseOn(run: RestoreRun, node: SurveyedNode, restoreId: string): Promise<void> {
  const { pod, dataDirectories } = node;
  const { left, imported } = await rehearseImport(
    run.access.tools,
    pod,
    { restoreId, dataDirectories },
    run.signal,
  );
  const wanted = dataDirectories.length;
  if (left.length === 0 && imported === wanted) return;
  throw rehearsalError(
    `Cassandra on ${pod.name} imported ${imported} of ${wanted} trial SSTables; left behind: ${left.join(', ') || 'none'}`,
  );
}

/** The name is unlikely enough; dropping a user's keyspace would be unforgivable. */
async function checkKeyspaceIsOurs(run: RestoreRun): Promise<void> {
  const { keyspaces } = await readSchema(run.access.tools, speakerOf(run).pod, run.signal);
  const strange = keyspaces
    .find(({ name }) => name === rehearsalKeyspace)
    ?.tables.find(({ name }) => name !== 'probe');
  if (!strange) return;
  const name = tableName({ keyspace: strange.keyspace, table: strange.name });
  throw rehearsalError(`Keyspace ${rehearsalKeyspace} is not Cain's own: it holds ${name}`);
}

async function stopAndClear(run: RestoreRun, restoreId: string): Promise<void> {
  const signal = AbortSignal.timeout(cleanupLimitMs);
  const mark = rehearsalMark(restoreId);
  await onAllNodes(run.survey.nodes, ({ pod }) => stopScripts(run.access.tools, pod, mark, signal));
  await clearAll(run, restoreId, signal);
}

async function clearAll(run: RestoreRun, restoreId: string, signal: AbortSignal): Promise<void> {
  const { tools } = run.access;
  await dropRehearsal(tools, speakerOf(run).pod, signal);
  await onAllNodes(run.survey.nodes, ({ pod, dataDirectories }) =>
    clearRehearsal(tools, pod, { restoreId, dataDirectories }, signal),
  );
}

function attach(error: unknown, failure: unknown): void {
  if (error instanceof CainError) error.cleanupErrors.push(failure);
}

function rehearsalError(message: string, cause?: unknown): CainError {
  return new CainError('CAIN_RESTORE_REHEARSAL', `The rehearsal of an import failed: ${message}`, {
    hint: "Cassandra's log of that pod says why. Check the owner and mode of the data directories and that exec enters a container that shares them.",
    cause,
  });
}
