import { forEachLimited } from '../concurrency.ts';
import { inventoryLimits, parseInventoryLine } from '../store/inventory.ts';
import { readJsonLines } from '../store/json-lines.ts';
import { parseDataKey } from '../store/layout.ts';
import { doubt } from './doubt.ts';
import { requestsAtOnce, type SweepRun } from './sweep-run.ts';
import type { InventorySource } from './sweep-scope.ts';

/**
 * Streams a node's surviving inventories and hands over each key that they point at. It resolves only once every one
 * was read to its end and had the SHA-256 that its manifest names.
 */
export async function readReferences(
  run: SweepRun,
  pod: string,
  sources: readonly InventorySource[],
  take: (key: string) => void,
): Promise<void> {
  await forEachLimited(sources, requestsAtOnce, (source) => readInventory(run, pod, source, take));
}

/** A line that points at another pod's object stops the sweep: those are judged by that pod's inventories alone. */
export async function readInventory(
  { store, signal }: Pick<SweepRun, 'store' | 'signal'>,
  pod: string,
  { key, sha256, files = Number.POSITIVE_INFINITY }: InventorySource,
  take: (key: string) => void,
): Promise<void> {
  let lineNumber = 0;
  for await (const value of readJsonLines(store, key, { ...inventoryLimits(files), sha256, signal })) {
    const where = `${key} line ${++lineNumber}`;
    const { object } = parseInventoryLine(value, where);
    if (parseDataKey(object.key)?.pod !== pod) {
      throw doubt(
        `${where} of pod ${pod} points at ${object.key}, which is no object of that pod`,
        'No Cain writes such a line. Please report it; nothing is deleted until it is understood.',
      );
    }
    take(object.key);
  }
}
