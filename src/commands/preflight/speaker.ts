import { CainError } from '../../errors.ts';
import type { ClusterSurvey, SurveyedNode } from './survey-cluster.ts';

/** The node that speaks for the cluster: always the same, since each sees the ring with its own eyes. */
export function speaker({ nodes }: ClusterSurvey): SurveyedNode {
  const [first] = nodes;
  if (!first) throw new CainError('CAIN_NODE_DOWN', 'No Cassandra pod could be asked', { retryable: true });
  return first;
}
