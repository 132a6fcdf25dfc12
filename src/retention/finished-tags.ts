import { forEachLimited } from '../concurrency.ts';
import type { Catalog } from '../store/catalog.ts';
import { differentialMarkKey, tagPrefix } from '../store/layout.ts';
import { locationsOf, type NodeLocations } from './candidates.ts';
import { deleteRecords } from './delete-objects.ts';
import { removeCheckpoints } from './leftover-runs.ts';
import { oldestRunMs } from './oldest-run.ts';
import { requestsAtOnce, type SweepRun } from './sweep-run.ts';
import type { SweptTag } from './sweep-scope.ts';

/**
 * The swept tags of which nothing is left in the bucket but records, their marks gone too. An abandoned tag is finished only
 * once no run of it can still be under way: until then a part that was in flight when it was fenced may land,
 * and the run record is what a later sweep finds it by.
 */
export async function finishedTags(
  run: SweepRun,
  catalog: Catalog,
  swept: readonly SweptTag[],
  nodes: NodeLocations,
): Promise<readonly SweptTag[]> {
  const withObjects = new Set([...nodes.values()].flat().map(({ tag }) => tag));
  const withRecords = new Set([...catalog.withoutManifest, ...catalog.abandoned.map(({ tag }) => tag)]);
  const finished: SweptTag[] = [];
  await forEachLimited(swept, requestsAtOnce, async (sweptTag) => {
    const { tag, kind, since } = sweptTag;
    // An expiry record that only waits for the last manifest that names its tag: all else went in an earlier sweep.
    const isBare = kind === 'expired' && !withObjects.has(tag) && !withRecords.has(tag);
    const isGone = isBare || (await removeRest(run, sweptTag));
    const isOver = kind === 'expired' || isOlder(run, since);
    if (isGone && isOver) finished.push(sweptTag);
  });
  return finished.toSorted((a, b) => (a.tag < b.tag ? -1 : 1));
}

/** Checkpoints, and the marks once no object is left. False = something stays. */
async function removeRest(run: SweepRun, { tag, kind, keyspaces }: SweptTag): Promise<boolean> {
  const isWithoutCheckpoints = kind === 'expired' || (await removeCheckpoints(run, tag));
  const marks: string[] = [];
  for (const location of locationsOf({ tag, keyspaces })) {
    const markKey = differentialMarkKey(location);
    for await (const { key } of run.store.list(tagPrefix(location), { signal: run.signal })) {
      if (key !== markKey) return false;
      marks.push(key);
    }
  }
  return (await deleteRecords(run, marks)) && isWithoutCheckpoints;
}

function isOlder({ now, graceMs }: SweepRun, since: Date): boolean {
  return now.getTime() - since.getTime() > oldestRunMs(graceMs);
}
