import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { knownTags, readCatalogWithDoubts, unfinishedTags } from '../store/catalog.ts';
import { probePrefix } from '../store/layout.ts';
import { tagOfOurKey } from '../store/our-key.ts';
import type { PendingUpload, Store } from '../store/store.ts';

/**
 * An upload whose tag nobody recorded may be one of the original's that is under way, since its keys have the same
 * form. After as long as AWS advises for lifecycle rules (7 days) no upload of one file is.
 */
const unknownTagAgeMs = 7 * 24 * 3600_000;

/** A preflight's trial takes seconds, and holds no Lease: one that another run has under way must not be disturbed. */
const trialAgeMs = 3600_000;

/**
 * Aborts unfinished multipart uploads of earlier runs; call it once those are fenced. Nothing of `ownTag` or of a
 * run that may still commit is touched, nothing whose key is not of our form. Of preflight's trials those go that nobody can have under way. Resolves to the number of aborted
 * uploads. They cost money and harm nothing, so a store that will not list or abort them costs a warning.
 */
export async function clearAbortedUploads(
  store: Store,
  {
    ownTag,
    signal,
    log,
  }: { readonly ownTag?: string | undefined; readonly signal: AbortSignal; readonly log: Logger },
): Promise<number> {
  let aborted = 0;
  try {
    for (const upload of await leftUploads(store, ownTag, signal)) {
      await store.abortUpload(upload);
      aborted++;
    }
  } catch (error) {
    signal.throwIfAborted();
    log.warn('Unfinished uploads of earlier runs could not be cleared', { reason: messageOf(error), error });
  }
  return aborted;
}

async function leftUploads(
  store: Store,
  ownTag: string | undefined,
  signal: AbortSignal,
): Promise<readonly PendingUpload[]> {
  const candidates: PendingUpload[] = [];
  for await (const upload of store.listUploads('', { signal })) {
    const tag = tagOfOurKey(upload.key);
    if (isTrial(upload) || (tag !== undefined && tag !== ownTag)) candidates.push(upload);
  }
  if (candidates.length === 0) return [];

  const catalog = await readCatalogWithDoubts(store, signal);
  const known = new Set(knownTags(catalog));
  const running = new Set(unfinishedTags(catalog));
  const storeNowMs = (await store.now({ signal })).getTime();
  return candidates.filter((upload) => {
    const ageMs = storeNowMs - upload.initiated.getTime();
    if (isTrial(upload)) return ageMs > trialAgeMs;
    const tag = tagOfOurKey(upload.key) ?? '';
    if (running.has(tag)) return false;
    return known.has(tag) || ageMs > unknownTagAgeMs;
  });
}

function isTrial({ key }: PendingUpload): boolean {
  return key.startsWith(probePrefix);
}
