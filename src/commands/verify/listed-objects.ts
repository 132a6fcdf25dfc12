import { forEachLimited } from '../../concurrency.ts';
import { isReadableAtOnce } from '../../store/archive-classes.ts';
import { dataPrefix, parseDataKey } from '../../store/layout.ts';
import type { ObjectInfo } from '../../store/store.ts';
import type { ExpectedObject } from './check-object.ts';
import { requestsAtOnce, type VerifyRun } from './verify-run.ts';

/** What a listing says of an object that an inventory names. */
export interface Listed {
  readonly sizeBytes: number;
  readonly isSameEtag: boolean;
  readonly isReadable: boolean;
}

/** The cheapest look at all objects: a request shows a thousand of them. Those that it does not show are absent from the result. */
export async function listExpected(
  { store, signal }: VerifyRun,
  expected: ReadonlyMap<string, ExpectedObject>,
): Promise<ReadonlyMap<string, Listed>> {
  const listed = new Map<string, Listed>();
  await forEachLimited(prefixesOf(expected.keys()), requestsAtOnce, async (prefix) => {
    for await (const object of store.list(prefix, { signal })) {
      const wanted = expected.get(object.key);
      if (wanted) listed.set(object.key, describe(object, wanted));
    }
  });
  return listed;
}

function describe({ sizeBytes, etag, storageClass }: ObjectInfo, wanted: ExpectedObject): Listed {
  return { sizeBytes, isSameEtag: etag === wanted.etag, isReadable: isReadableAtOnce(storageClass) };
}

function prefixesOf(keys: Iterable<string>): readonly string[] {
  const prefixes = new Set<string>();
  for (const key of keys) {
    const parts = parseDataKey(key);
    if (parts) prefixes.add(dataPrefix(parts));
  }
  return [...prefixes];
}
