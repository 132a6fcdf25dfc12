import { forEachLimited } from '../../concurrency.ts';
import { type Catalog, readCatalogWithDoubts } from '../../store/catalog.ts';
import type { Manifest } from '../../store/manifest.ts';
import { checkRecords, missingSchemaTexts } from './check-records.ts';
import { chooseBackups, type WantedBackups } from './choose-backups.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { inventoriesByPod } from './read-inventory.ts';
import { verifyNode } from './verify-node.ts';
import type { VerifyRun } from './verify-run.ts';

/** Memory holds the files of so many nodes at once. */
const nodesAtOnce = 4;

/** Compares the wanted backups with what lies in the bucket. Writes nothing. Throws CAIN_NO_BACKUP. */
export async function findDamage(
  run: VerifyRun,
  wanted: Pick<WantedBackups, 'tag' | 'plan'>,
): Promise<Outcome> {
  const { store, signal, log, isFull, slice } = run;
  const catalog = await readCatalogWithDoubts(store, signal);
  const chosen = chooseBackups(catalog, { ...wanted, location: store.location });
  log.info('Verifying backups', { backups: chosen.length, level: isFull ? 'full' : 'quick', ...slice });
  await checkRecords(run, chosen);
  for (const key of await missingSchemaTexts(run, chosen)) {
    log.warn('A schema text is missing; only the original Cain needs it, and the next backup puts it back', {
      key,
    });
  }
  await verifyNodes(run, chosen, catalog);
  // What expired while we looked is no damage.
  return outcomeOf(run, chosen, await readCatalogWithDoubts(store, signal));
}

async function verifyNodes(run: VerifyRun, chosen: readonly Manifest[], catalog: Catalog): Promise<void> {
  const recorded = new Set(chosen.flatMap(({ tag }) => catalog.damaged.get(tag)?.objects ?? []));
  const live = inventoriesByPod(catalog.backups);
  await forEachLimited([...inventoriesByPod(chosen)], nodesAtOnce, async ([pod, inventories]) => {
    await verifyNode(run, { pod, chosen: inventories, live: live.get(pod) ?? [], recorded });
  });
}
