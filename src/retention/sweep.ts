import type { Catalog } from '../store/catalog.ts';
import { manifestKey } from '../store/layout.ts';
import type { Store } from '../store/store.ts';
import { findNodes, type NodeLocations } from './candidates.ts';
import { checkCatalog } from './catalog-doubts.ts';
import { checkInventories, checkTopologies } from './check-records.ts';
import { closeTags } from './close-tags.ts';
import { removeRecords } from './control-records.ts';
import { removeDamageRecords } from './damage-records.ts';
import { deleteRecords } from './delete-objects.ts';
import { stopOnDoubt } from './doubt.ts';
import { finishedTags } from './finished-tags.ts';
import { removeLeftoverRuns } from './leftover-runs.ts';
import { removeSchemaTexts } from './schema-texts.ts';
import { mostRounds, restless, settleCatalog } from './settle-catalog.ts';
import { sweepNode } from './sweep-node.ts';
import { newTally, type SweepOptions, type SweepRun, type SweepTally } from './sweep-run.ts';
import { readScope, type SweepScope } from './sweep-scope.ts';

/**
 * Deletes what no backup needs any more: objects of tags that expired longer than the grace ago, and of runs that never
 * committed, unless an inventory points at them that is live or expired within the grace. Nothing is deleted on a
 * doubt: whatever is missing, unreadable, of a newer format, contradictory or refused ends in CAIN_PRUNE_STOPPED,
 * and but for what goes wrong between two requests that is before the first object goes. Objects without a record of ours are
 * foreign and no candidates. A sweep that is cut short anywhere is completed by the next one.
 *
 * Memory: the catalog, and the candidates of one node.
 */
export async function sweep(store: Store, options: SweepOptions): Promise<SweepTally> {
  const { tally = newTally(), checked = new Set<string>() } = options;
  const run: SweepRun = { ...options, store, tally, checked, marked: new Set() };
  await stopOnDoubt(run.signal, async () => {
    const { catalog, scope, nodes } = await lookAround(run);

    await completeExpiries(run, catalog);
    await removeLeftoverRuns(run, catalog);
    for (const [pod, locations] of nodes) {
      await sweepNode(run, pod, locations, scope.inventories.get(pod) ?? []);
    }
    const finished = await finishedTags(run, catalog, scope.swept, nodes);
    const done = await removeSchemaTexts(run, catalog, scope.swept, finished);
    await removeRecords(run, catalog, done);
    await removeDamageRecords(run, catalog);
  });
  tell(run);
  return tally;
}

interface Survey {
  readonly catalog: Catalog;
  readonly scope: SweepScope;
  readonly nodes: NodeLocations;
}

/** All that must be known before the first delete; deletes nothing. */
async function lookAround(run: SweepRun): Promise<Survey> {
  for (let round = 1; round <= mostRounds; round++) {
    const catalog = await settleCatalog(run.store, run);
    checkCatalog(catalog, run.ownTag);
    await checkTopologies(run, catalog);
    const scope = await readScope(run, catalog);
    const nodes = await findNodes(run, scope.swept);
    if (nodes.size > 0) await checkInventories(run, scope.inventories);
    // What was seen before the adoption of a tag had ended does not say who has adopted its objects.
    if (!(await closeTags(run, scope.swept))) return { catalog, scope, nodes };
  }
  throw restless();
}

/** A backup whose record was put and whose manifest is still there: its expiry was cut short. */
async function completeExpiries(run: SweepRun, { expiring }: Catalog): Promise<void> {
  await deleteRecords(
    run,
    expiring.map(({ tag }) => manifestKey(tag)),
  );
}

function tell({ log, tally }: SweepRun): void {
  const { refusal, ...counts } = tally;
  log.info('Swept the bucket', counts);
  if (counts.marked) {
    log.info('The bucket keeps older versions: what was deleted takes room until its lifecycle ends them', {
      objects: counts.marked,
    });
  }
  if (refusal) {
    log.warn(
      'The store would not delete some objects (Object Lock or a policy); the next prune tries again',
      {
        objects: counts.refused,
        key: refusal.key,
        reason: refusal.reason,
      },
    );
  }
}
