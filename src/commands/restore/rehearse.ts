import { stopScripts } from '../../cassandra/broken-import.ts';
import { tableName } from '../../cassandra/journal.ts';
import {
  anyRehearsalMark,
  clearRehearsals,
  dropRehearsal,
  rehearsalMark,
  rehearseImport,
  setUpRehearsal,
} from '../../cassandra/rehearsal.ts';
import { readSchema, type Schema } from '../../cassandra/schema.ts';
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
  let isSetUp = false;
  try {
    await setUpRehearsal(tools, speakerOf(run).pod, { restoreId, nodesByDataCenter }, run.signal);
    isSetUp = true;
    await onAllNodes(run.survey.nodes, (node) => rehearseOn(run, node, restoreId));
  } catch (error) {
    await stopAndClear(run, restoreId).catch((failure: unknown) => attach(error, failure));
    run.signal.throwIfAborted();
    throw error instanceof CainError && error.code === 'CAIN_EXEC_FAILED'
      ? rehearsalError(error.message, { hint: isSetUp ? importHint : setUpHint, cause: error })
      : error;
  }
  // Not the run's own signal: what was made must go.
  await clearAll(run, AbortSignal.timeout(cleanupLimitMs));
  run.signal.throwIfAborted();
}

async function rehearseOn(
  run: RestoreRun,
  { pod, dataDirectories }: SurveyedNode,
  restoreId: string,
): Promise<void> {
  const rehearsal = { restoreId, dataDirectories };
  const { left, imported } = await rehearseImport(run.access.tools, pod, rehearsal, run.signal);
  const wanted = dataDirectories.length;
  if (left.length === 0 && imported === wanted) return;
  throw rehearsalError(
    `Cassandra on ${pod.name} imported ${imported} of ${wanted} trial SSTables; left behind: ${left.join(', ') || 'none'}`,
  );
}

async function checkKeyspaceIsOurs(run: RestoreRun): Promise<void> {
  const { strange } = lookAtKeyspace(run.survey.view?.schema ?? (await readSchemaNow(run)));
  if (strange === undefined) return;
  throw rehearsalError(`Keyspace ${rehearsalKeyspace} is not Cain's own: it holds ${strange}`, {
    hint: 'Cain makes and drops a keyspace of this name: move that table elsewhere.',
  });
}

/** The name is unlikely enough; dropping a user's keyspace would be unforgivable. */
function lookAtKeyspace({ keyspaces }: Schema): { isThere: boolean; strange: string | undefined } {
  const keyspace = keyspaces.find(({ name }) => name === rehearsalKeyspace);
  const strange = keyspace?.tables.find(({ name }) => name !== 'probe');
  return {
    isThere: keyspace !== undefined,
    strange: strange && tableName({ keyspace: strange.keyspace, table: strange.name }),
  };
}

async function readSchemaNow(run: RestoreRun): Promise<Schema> {
  return await readSchema(run.access.tools, speakerOf(run).pod, run.signal);
}

async function stopAndClear(run: RestoreRun, restoreId: string): Promise<void> {
  const signal = AbortSignal.timeout(cleanupLimitMs);
  const mark = rehearsalMark(restoreId);
  await onAllNodes(run.survey.nodes, ({ pod }) => stopScripts(run.access.tools, pod, mark, signal));
  await clearAll(run, signal);
}

async function clearAll(run: RestoreRun, signal: AbortSignal): Promise<void> {
  await dropRehearsal(run.access.tools, speakerOf(run).pod, signal);
  await clearDirectories(run, signal);
}

async function clearDirectories(run: RestoreRun, signal: AbortSignal): Promise<number> {
  let cleared = 0;
  await onAllNodes(run.survey.nodes, async ({ pod, dataDirectories }) => {
    cleared += (await clearRehearsals(run.access.tools, pod, dataDirectories, signal)).length;
  });
  return cleared;
}

/** What a rehearsal left that was killed: its keyspace and its staging. Says whether there was any. */
export async function clearLeftRehearsals(run: RestoreRun): Promise<boolean> {
  const { tools } = run.access;
  const { isThere, strange } = lookAtKeyspace(await readSchemaNow(run));
  if (strange !== undefined) return false;
  await onAllNodes(run.survey.nodes, ({ pod }) => stopScripts(tools, pod, anyRehearsalMark, run.signal));
  if (isThere) await dropRehearsal(tools, speakerOf(run).pod, run.signal);
  return (await clearDirectories(run, run.signal)) > 0 || isThere;
}

function attach(error: unknown, failure: unknown): void {
  if (error instanceof CainError) error.cleanupErrors.push(failure);
}

const importHint =
  "Cassandra's log of that pod says why. Check the owner and mode of the data directories and that exec enters a container that shares them.";
const setUpHint =
  'Nothing was imported yet: Cassandra refuses the scratch keyspace, its table or its row. Check the rights of the login, the guardrails, and that all nodes answer.';

function rehearsalError(
  message: string,
  { hint = importHint, cause }: { hint?: string; cause?: unknown } = {},
): CainError {
  return new CainError('CAIN_RESTORE_REHEARSAL', `The rehearsal of an import failed: ${message}`, {
    hint,
    cause,
  });
}
