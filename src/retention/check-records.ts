import { forEachLimited } from '../concurrency.ts';
import type { Catalog } from '../store/catalog.ts';
import { readObject } from '../store/read-object.ts';
import { parseTopology } from '../store/topology-record.ts';
import { readInventory } from './survivors.ts';
import { requestsAtOnce, type SweepRun } from './sweep-run.ts';
import type { InventorySource, SweepScope } from './sweep-scope.ts';

/** `checked` gathers the keys of what was found in order. */
type Checker = Pick<SweepRun, 'store' | 'signal' | 'checked'>;

/** Throws where a live backup's topology is missing, damaged or of a newer format: then its other records may be too. */
export async function checkTopologies(checker: Checker, { backups }: Catalog): Promise<void> {
  const topologies = backups.map(({ topology }) => topology);
  await forEachLimited(topologies, requestsAtOnce, (topology) => checkTopology(checker, topology));
}

/**
 * Reads every inventory that protects objects before the first delete, though each is read again with its node:
 * what is wrong with the last node's must be known before the first node's objects are gone.
 */
export async function checkInventories(
  checker: Checker,
  inventories: SweepScope['inventories'],
): Promise<void> {
  const all = [...inventories].flatMap(([pod, sources]) => sources.map((source) => ({ pod, source })));
  await forEachLimited(all, requestsAtOnce, async ({ pod, source }) => {
    if (checker.checked.has(source.key)) return;
    await readInventory(checker, pod, source, () => {});
    checker.checked.add(source.key);
  });
}

async function checkTopology(
  { store, signal, checked }: Checker,
  { key, sha256 }: InventorySource,
): Promise<void> {
  if (checked.has(key)) return;
  parseTopology(await readObject(store, key, signal, sha256), key);
  checked.add(key);
}
