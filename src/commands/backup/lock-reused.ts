import { forEachLimited } from '../../concurrency.ts';
import { CainError } from '../../errors.ts';
import type { InventoryLine } from '../../store/inventory.ts';
import type { NodeStorage } from './node-storage.ts';

/** Each is a request of a few milliseconds, and no store is to notice them. */
const requestsAtOnce = 16;

/**
 * A reused object was locked for the backup that stored it: what this one needs gets at least the time that is asked
 * for, too. One request for each whose lock would end too soon, which is not every night. Gives the lines as they
 * are then; undefined = it can't be locked so, and its file is stored anew.
 */
export async function lockReused(
  { run, signal }: NodeStorage,
  pod: string,
  lines: readonly InventoryLine[],
): Promise<ReadonlyArray<InventoryLine | undefined>> {
  const { store, context } = run;
  if (!lines.some(({ object }) => store.lockOf(object.key))) return lines;
  const locked: Array<InventoryLine | undefined> = [...lines];
  let prolonged = 0;
  // Of many thousand perhaps, each with its answer: one is enough to tell why.
  let refused = 0;
  let refusal: CainError | undefined;
  await forEachLimited([...lines.entries()], requestsAtOnce, async ([index, line]) => {
    const { key, lock } = line.object;
    if (!store.lockOf(key)) return;
    try {
      const kept = await store.keepLocked(key, lock, { signal });
      if (!kept || (kept.mode === lock?.mode && kept.until === lock.until)) return;
      locked[index] = { ...line, object: { ...line.object, lock: kept } };
      prolonged++;
    } catch (error) {
      if (signal.aborted || !(error instanceof CainError) || error.retryable) throw error;
      locked[index] = undefined;
      refused++;
      refusal ??= error;
    }
  });
  if (prolonged > 0) context.log.info('Reused objects are locked for longer', { pod, objects: prolonged });
  if (refusal)
    context.log.warn('Objects can not be locked for longer; their files are stored anew', {
      pod,
      objects: refused,
      error: refusal,
    });
  return locked;
}
