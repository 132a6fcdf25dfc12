import { readKeyspaceNames } from '../../cassandra/keyspace-names.ts';
import { chooseKeyspaces } from '../backup/choose-keyspaces.ts';
import type { CommandContext } from '../context.ts';
import type { ClusterAccess } from '../session.ts';
import { type Finding, findingsIn } from './finding.ts';
import type { ClusterSurvey } from './survey-cluster.ts';

/** Whether CAIN_KEYSPACE names what is there: the schema itself is read only once the Lease is held. */
export async function checkKeyspaces(
  { settings, signal }: CommandContext,
  { tools }: ClusterAccess,
  { nodes: [first] }: ClusterSurvey,
): Promise<readonly Finding[]> {
  if (!first) return [];
  return await findingsIn(['CAIN_PREFLIGHT'], async () => {
    chooseKeyspaces(await readKeyspaceNames(tools, first.pod, signal), settings.keyspaces);
  });
}
