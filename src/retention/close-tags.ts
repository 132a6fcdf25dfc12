import { runKey } from '../store/layout.ts';
import { recordBytes } from '../store/run-record.ts';
import type { SweepRun } from './sweep-run.ts';
import type { SweptTag } from './sweep-scope.ts';

/**
 * Ends the adoption of abandoned tags: their run records are put again without nodes, and a backup adopts only of nodes
 * that the record names. A backup reads it after its own run record was put. So one that has adopted before this is a
 * run that whoever looks afterwards finds, unfinished or committed. True = there were such tags, so look again.
 */
export async function closeTags(
  { store, signal, confirmLease }: SweepRun,
  swept: readonly SweptTag[],
): Promise<boolean> {
  const open = swept.flatMap(({ openRecord }) => openRecord ?? []);
  for (const { record, etag } of open) {
    await confirmLease();
    await store.put(runKey(record.tag), recordBytes({ ...record, nodes: [] }), { ifMatch: etag, signal });
  }
  return open.length > 0;
}
