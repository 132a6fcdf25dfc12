import { type ClusterView, readClusterView } from '../../cassandra/cluster-view.ts';
import { checkRingIsSettled, type Ring, readRing } from '../../cassandra/ring.ts';
import { untilSettled } from '../../cassandra/until-settled.ts';
import { CainError } from '../../errors.ts';
import type { CommandContext } from '../context.ts';
import { throwFindings } from '../preflight/finding.ts';
import { type ClusterSurvey, surveyCluster } from '../preflight/survey-cluster.ts';
import type { ClusterAccess } from '../session.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';

/**
 * Asks every pod what it is. Throws unless each of them answers: TRUNCATE and import take all nodes. `onSurvey` hears of
 * it before. A full volume is no fault yet: `--clean` makes room, an undo takes none, and the plan of a restore counts
 * what is to come and what an earlier run has staged.
 */
export async function surveyAllNodes(
  context: CommandContext,
  access: ClusterAccess,
  onSurvey: (survey: ClusterSurvey) => void,
): Promise<ClusterSurvey> {
  const survey = await surveyCluster(context, access, context.signal);
  onSurvey(survey);
  throwFindings(survey.findings.filter(({ isAboutRoom }) => !isAboutRoom));
  if (survey.absent.length === 0) return survey;
  const names = survey.absent.map(({ pod, reason }) => `${pod} (${reason})`).join(', ');
  throw nodeDown(`Pods can't be asked: ${names}`);
}

/** Ring and schema, as the survey has just seen them; throws CAIN_NODE_DOWN unless all nodes are up and none joins, leaves or moves. */
export async function readSettledView(run: RestoreRun): Promise<ClusterView> {
  const { access, survey, signal } = run;
  return await untilSettled(
    survey.view,
    () => readClusterView(access.tools, speakerOf(run).pod, signal),
    (view) => {
      checkAllAreUp(view.ring);
      return view;
    },
    { signal, mayRetry: isAboutSchema },
  );
}

/** Where the schema is of no interest. */
export async function readSettledRing(run: RestoreRun): Promise<Ring> {
  const { access, survey, signal } = run;
  return await untilSettled(
    survey.view?.ring,
    () => readRing(access.tools, speakerOf(run).pod, signal),
    (ring) => {
      checkAllAreUp(ring);
      return ring;
    },
    { signal, mayRetry: isAboutSchema },
  );
}

/** A run that died has perhaps just changed it; a node that is down or moves takes longer. */
function isAboutSchema(error: unknown): boolean {
  return error instanceof CainError && error.code === 'CAIN_SCHEMA_CHANGED';
}

function checkAllAreUp(ring: Ring): void {
  checkRingIsSettled(ring);
  const down = ring.statuses.filter(({ status }) => status === 'down').map(({ address }) => address);
  if (down.length > 0) throw nodeDown(`Nodes of the ring are down: ${down.join(', ')}`);
}

function nodeDown(message: string): CainError {
  return new CainError('CAIN_NODE_DOWN', message, {
    hint: 'A restore truncates in the whole cluster and needs every node. Nothing was changed: bring them up, then run it again with the same settings.',
    retryable: true,
  });
}
