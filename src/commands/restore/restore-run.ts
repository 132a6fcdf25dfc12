import { journalDirectory, restoreRoot } from '../../cassandra/restore-paths.ts';
import { forEachLimited } from '../../concurrency.ts';
import type { Store } from '../../store/store.ts';
import type { CommandContext } from '../context.ts';
import { speaker } from '../preflight/speaker.ts';
import type { ClusterSurvey, SurveyedNode } from '../preflight/survey-cluster.ts';
import type { ClusterAccess } from '../session.ts';

/** More execs at once would only wait for the API server; a restore of more nodes goes through them in turn. */
const nodesAtOnce = 64;

/** What the steps of one restore have in common. */
export interface RestoreRun {
  readonly context: CommandContext;
  readonly access: ClusterAccess;
  readonly survey: ClusterSurvey;
  /** Where the backup lies; may be another cluster's prefix. */
  readonly store: Store;
  /** Aborted by SIGTERM or by a lost Lease. */
  readonly signal: AbortSignal;
  /** Proves that the Lease is ours; called before what can't be undone. */
  confirmLease(): Promise<void>;
}

/** Does the same on all nodes at once. The first failure is thrown when those under way have ended. */
export async function onAllNodes<Node>(
  nodes: readonly Node[],
  task: (node: Node) => Promise<void>,
): Promise<void> {
  await forEachLimited(nodes, nodesAtOnce, task);
}

/** The node that speaks for the cluster, and through which statements are run. */
export function speakerOf({ survey }: RestoreRun): SurveyedNode {
  return speaker(survey);
}

export function journalOf({ dataDirectories }: SurveyedNode, restoreId: string): string {
  return journalDirectory(dataDirectories, restoreId);
}

export function rootsOf({ dataDirectories }: SurveyedNode, restoreId: string): readonly string[] {
  return dataDirectories.map((directory) => restoreRoot(directory, restoreId));
}
