import { readSchema } from '../../cassandra/schema.ts';
import { chooseKeyspaces } from '../backup/choose-keyspaces.ts';
import type { CommandContext } from '../context.ts';
import type { ClusterAccess } from '../session.ts';
import { type Finding, findingsIn } from './finding.ts';
import type { ClusterSurvey } from './survey-cluster.ts';

/** Whether CAIN_KEYSPACE names what is there. */
export async function checkKeyspaces(
  { settings, signal }: CommandContext,
  { tools }: ClusterAccess,
  { nodes: [first], view }: ClusterSurvey,
): Promise<readonly Finding[]> {
  if (!first) return [];
  const { keyspaces } = view?.schema ?? (await readSchema(tools, first.pod, signal));
  return await findingsIn(['CAIN_PREFLIGHT'], async () => {
    chooseKeyspaces(
      keyspaces.map(({ name }) => name),
      settings.keyspaces,
    );
  });
}
