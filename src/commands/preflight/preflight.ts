import { CainError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import { openClusterStore } from '../cluster-store.ts';
import type { CommandContext } from '../context.ts';
import { type ClusterAccess, openClusterAccess } from '../session.ts';
import { chooseWays, type TransferWays } from '../transfer-ways.ts';
import { checkKeyspaces } from './check-keyspaces.ts';
import { checkKubernetes } from './check-kubernetes.ts';
import { checkPrefix } from './check-prefix.ts';
import { checkStore } from './check-store.ts';
import { throwFindings } from './finding.ts';
import { type ClusterSurvey, surveyCluster } from './survey-cluster.ts';

export interface Preflight {
  readonly access: ClusterAccess;
  readonly survey: ClusterSurvey;
  readonly store: Store;
  /** What the store could not prove and a setting lets pass. */
  readonly unsafeStore: readonly string[];
  readonly ways: TransferWays;
}

/**
 * Step 1: everything that can be known to be wrong before anything is changed, in one message. The caller closes the
 * store. `onSurvey` hears of the cluster first: who reports a run that is refused must know its name.
 */
export async function preflight(
  context: CommandContext,
  onSurvey: (survey: ClusterSurvey) => void = () => {},
): Promise<Preflight> {
  const access = openClusterAccess(context);
  const survey = await surveyCluster(context, access, context.signal);
  onSurvey(survey);
  checkAnyoneAnswered(survey);
  const store = openClusterStore(context, survey.clusterName);
  try {
    const [stored, keyspaces, rights] = await Promise.all([
      checkStore(context, store, context.signal),
      checkKeyspaces(context, access, survey),
      checkKubernetes(context, access, survey.clusterName),
    ]);
    const prefix = stored.isOpen ? await checkPrefix(context, store, survey) : [];
    throwFindings([...survey.findings, ...keyspaces, ...rights, ...stored.findings, ...prefix]);
    const ways = await chooseWays(context, access, { survey, store }, context.signal);
    throwFindings(ways.findings);
    return { access, survey, store, unsafeStore: stored.unsafe, ways: ways.ways };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** The same survey once more, for a run that has waited since; throws what preflight would. */
export async function surveyAgain(
  context: CommandContext,
  access: ClusterAccess,
  { clusterName }: ClusterSurvey,
  signal: AbortSignal,
): Promise<ClusterSurvey> {
  const survey = await surveyCluster(context, access, signal);
  checkAnyoneAnswered(survey);
  throwFindings(survey.findings);
  if (survey.clusterName === clusterName) return survey;
  throw new CainError('CAIN_NODE_DOWN', `Cluster ${clusterName} calls itself ${survey.clusterName} by now`, {
    retryable: true,
  });
}

/** Without one node that answers the cluster's name, and so its prefix, is not known. */
function checkAnyoneAnswered({ nodes, findings, absent }: ClusterSurvey): void {
  if (nodes.length > 0) return;
  throwFindings(findings);
  const reasons = absent.map(({ pod, reason }) => `\n  - ${pod}: ${reason}`).join('');
  throw new CainError('CAIN_NODE_DOWN', `No Cassandra pod could be asked:${reasons}`, { retryable: true });
}
