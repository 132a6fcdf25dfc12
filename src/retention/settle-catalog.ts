import type { CainError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Catalog, fence, readCatalog, unfinishedTags } from '../store/catalog.ts';
import type { Store } from '../store/store.ts';
import { doubt } from './doubt.ts';

/** One round fences, the next finds all settled; more are needed only while runs without the Lease begin. */
export const mostRounds = 5;

export interface SettleOptions {
  readonly ownTag?: string | undefined;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * The catalog once every unfinished run but our own is fenced off: from then on no run commits that counted on what
 * a sweep takes. A tag that turns out to be a backup is one in the catalog that is read next.
 */
export async function settleCatalog(store: Store, { ownTag, signal, log }: SettleOptions): Promise<Catalog> {
  for (let round = 1; round <= mostRounds; round++) {
    const catalog = await readCatalog(store, signal);
    const unfinished = unfinishedTags(catalog).filter((tag) => tag !== ownTag);
    if (unfinished.length === 0) return catalog;
    for (const tag of unfinished) {
      if (await fence(store, tag, signal)) {
        log.warn('Fenced off a run that never committed', { abandonedTag: tag });
      }
    }
  }
  throw restless();
}

export function restless(): CainError {
  return doubt(
    'runs keep beginning while it looks',
    'Another Cain works on this prefix without the Lease. Find it: two clusters must not share a prefix.',
  );
}
