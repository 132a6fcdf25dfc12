import type { Logger } from '../../log.ts';
import { checkCatalog } from '../../retention/catalog-doubts.ts';
import { checkInventories, checkTopologies } from '../../retention/check-records.ts';
import { stopOnDoubt } from '../../retention/doubt.ts';
import { expireBackups } from '../../retention/expire.ts';
import { sweep } from '../../retention/sweep.ts';
import type { SweepTally } from '../../retention/sweep-run.ts';
import { inventoriesByPod } from '../../retention/sweep-scope.ts';
import { type Catalog, readCatalog } from '../../store/catalog.ts';
import type { Store } from '../../store/store.ts';
import { type Decision, decide, type RetentionSettings } from './decide.ts';

export interface RetentionRun {
  readonly store: Store;
  readonly settings: RetentionSettings;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Our own clock; the grace goes by the store's. */
  now(): Date;
  /** Proves that the Lease is still ours. */
  confirmLease(): Promise<void>;
  /** The backup that this run has just committed. */
  readonly ownTag?: string | undefined;
}

/** How far retention came: filled in step by step, so that a failure leaves what was done before it. */
export interface RetentionProgress {
  catalog?: Catalog;
  decision?: Decision;
  readonly expired: string[];
  readonly tally: SweepTally;
}

/** The catalog and what the rules say of it; changes nothing. Throws CAIN_PRUNE_STOPPED on a doubt. */
export async function planRetention({
  store,
  settings,
  signal,
  now,
  ownTag,
}: RetentionRun): Promise<{ readonly catalog: Catalog; readonly decision: Decision }> {
  return await stopOnDoubt(signal, async () => {
    const catalog = await readCatalog(store, signal);
    checkCatalog(catalog, ownTag);
    return { catalog, decision: decide(catalog, settings, now()) };
  });
}

/** Expires what no rule keeps and sweeps the bucket; does neither when the decision is held back. */
export async function carryOutRetention(run: RetentionRun, progress: RetentionProgress): Promise<void> {
  const { store, settings, log, signal, confirmLease, ownTag } = run;
  const { pruneGraceMs } = settings;
  Object.assign(progress, await planRetention(run));
  const { catalog, decision } = progress;
  if (!catalog || !decision || decision.heldBack) return;

  const checked = new Set<string>();
  if (decision.result.expire.length > 0) await checkLive(run, catalog, checked);
  await expireBackups(store, catalog, decision.result, {
    signal,
    log,
    confirmLease,
    onExpired: (tag) => progress.expired.push(tag),
  });
  const now = await stopOnDoubt(signal, () => store.now({ signal }));
  const { tally } = progress;
  await sweep(store, { now, graceMs: pruneGraceMs, signal, log, confirmLease, ownTag, tally, checked });
}

/** An older backup must not expire in favour of newer ones that can't be read. */
async function checkLive(
  { store, signal }: RetentionRun,
  catalog: Catalog,
  checked: Set<string>,
): Promise<void> {
  await stopOnDoubt(signal, async () => {
    await checkTopologies({ store, signal, checked }, catalog);
    await checkInventories({ store, signal, checked }, inventoriesByPod(catalog.backups));
  });
}
