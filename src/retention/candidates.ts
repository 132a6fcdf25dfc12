import { forEachLimited } from '../concurrency.ts';
import { type DataKey, dataPrefix, parseDataKey, tagPrefix } from '../store/layout.ts';
import { requestsAtOnce, type SweepRun } from './sweep-run.ts';
import type { SweptTag } from './sweep-scope.ts';

export type TagLocation = Pick<DataKey, 'keyspace' | 'sum' | 'tag'>;

/** By pod: where objects of swept tags lie. Pods in name order. */
export type NodeLocations = ReadonlyMap<string, readonly TagLocation[]>;

/**
 * Finds the pods under which swept tags have objects. Asked is the bucket, not the records: a node that failed
 * while its run was committed without it left objects that no manifest names.
 */
export async function findNodes(
  { store, signal }: SweepRun,
  swept: readonly SweptTag[],
): Promise<NodeLocations> {
  const byPod = new Map<string, TagLocation[]>();
  await forEachLimited(swept.flatMap(locationsOf), requestsAtOnce, async (location) => {
    for await (const pod of store.listNames(tagPrefix(location), { signal })) {
      const locations = byPod.get(pod);
      if (locations) locations.push(location);
      else byPod.set(pod, [location]);
    }
  });
  return new Map([...byPod].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function locationsOf({ tag, keyspaces }: Pick<SweptTag, 'tag' | 'keyspaces'>): readonly TagLocation[] {
  return keyspaces.map(({ name, sum }) => ({ keyspace: name, sum, tag }));
}

/** Keys and sizes of one node's objects under swept tags; keys of another form than ours are no candidates. */
export async function listCandidates(
  { store, signal }: SweepRun,
  pod: string,
  locations: readonly TagLocation[],
): Promise<Map<string, number>> {
  const candidates = new Map<string, number>();
  await forEachLimited(locations, requestsAtOnce, async (location) => {
    for await (const { key, sizeBytes } of store.list(dataPrefix({ ...location, pod }), { signal })) {
      if (parseDataKey(key)) candidates.set(key, sizeBytes);
    }
  });
  return candidates;
}
