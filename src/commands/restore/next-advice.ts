import type { Manifest } from '../../store/manifest.ts';
import { originalTool } from './original/original-tool.ts';
import type { RestorePlan } from './restore-plan.ts';

/** Pure. What is to be done after a restore. Where every owner of a row got it from all of its replicas, a repair finds nothing to do. */
export function nextAdvice({
  groups,
  manifest,
  spread,
  alone,
}: Pick<RestorePlan, 'groups' | 'manifest' | 'spread' | 'alone'>): string {
  const keyspaces = [...new Set(groups.map(({ keyspace }) => keyspace))];
  const repair = (names: readonly string[]) => `\`nodetool repair --full ${names.join(' ')}\``;
  if (alone !== undefined)
    return `the other nodes were not touched: run ${repair(keyspaces)} on ${alone}, which brings what was written since the backup.`;
  if (manifest.coverage !== 'whole')
    return `the backup is less than whole (${manifest.coverage}): run ${repair(keyspaces)} soon, since nodes may have got what others have not.`;
  const apart = keyspaces.filter((keyspace) => !spread.has(keyspace));
  if (apart.length === 0)
    return 'nothing; every node got its rows from all nodes that held them, and no repair is needed.';
  return `the nodes' snapshots were ${takenApart(manifest)}, and not at one instant: run ${repair(apart)} soon.`;
}

/** The original kept no time of its snapshots. */
function takenApart({ toolVersion, skewMs }: Manifest): string {
  return toolVersion === originalTool
    ? 'taken one after another, nobody knows how far apart'
    : `taken within ${(skewMs / 1000).toFixed(1)} s of each other`;
}
