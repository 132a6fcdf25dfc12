import { foreignPrefixError, isForeign, readOwner } from '../../retention/owner.ts';
import { backupsPrefix } from '../../store/layout.ts';
import type { Store } from '../../store/store.ts';
import { isTag } from '../../store/tag.ts';
import { checkClock, checkNotAhead } from '../backup/choose-tag.ts';
import type { CommandContext } from '../context.ts';
import { type Finding, findingsIn } from './finding.ts';
import type { ClusterSurvey } from './survey-cluster.ts';

/**
 * What a backup would meet in its prefix once it holds the Lease: an owner that is another ring, a store by whose
 * clock ours is wrong, a backup that seems to be of the future. Some small requests.
 */
export async function checkPrefix(
  { settings, now, signal }: CommandContext,
  store: Store,
  survey: ClusterSurvey,
): Promise<readonly Finding[]> {
  const hostIds = survey.nodes.map(({ hostId }) => hostId);
  const found = await Promise.all([
    findingsIn(['CAIN_FOREIGN_PREFIX'], async () => {
      const owner = await readOwner(store, signal);
      if (owner && isForeign(owner.record, { hostIds, adopt: settings.adopt })) {
        throw foreignPrefixError(store, owner.record);
      }
    }),
    findingsIn(['CAIN_TAG'], async () => {
      // First the store's: its retries are no skew.
      const storeNow = await store.now({ signal });
      checkClock({ now: now(), storeNow });
      checkNotAhead(await newestTag(store, signal), now());
    }),
  ]);
  return found.flat();
}

async function newestTag(store: Store, signal: AbortSignal): Promise<string> {
  let newest = '';
  for await (const name of store.listNames(backupsPrefix, { signal })) {
    if (isTag(name) && name > newest) newest = name;
  }
  return newest;
}
