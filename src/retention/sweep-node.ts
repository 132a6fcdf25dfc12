import { listCandidates, type TagLocation } from './candidates.ts';
import { batchesOf, deleteBatch } from './delete-objects.ts';
import { putMarks } from './marks.ts';
import { readReferences } from './survivors.ts';
import type { SweepRun } from './sweep-run.ts';
import type { InventorySource } from './sweep-scope.ts';

/** Deletes what of one node's candidates no surviving inventory points at. Memory: this node's candidates. */
export async function sweepNode(
  run: SweepRun,
  pod: string,
  locations: readonly TagLocation[],
  inventories: readonly InventorySource[],
): Promise<void> {
  const garbage = await listCandidates(run, pod, locations);
  await readReferences(run, pod, inventories, (key) => garbage.delete(key));

  const before = { ...run.tally };
  for (const batch of batchesOf([...garbage.keys()])) {
    await putMarks(run, batch);
    const refused = await deleteBatch(run, batch);
    for (const key of batch) {
      if (refused.has(key)) continue;
      run.tally.deletedObjects++;
      run.tally.deletedBytes += garbage.get(key) ?? 0;
    }
  }
  if (garbage.size === 0) return;
  run.log.debug('Swept a node', {
    pod,
    objects: run.tally.deletedObjects - before.deletedObjects,
    bytes: run.tally.deletedBytes - before.deletedBytes,
  });
}
