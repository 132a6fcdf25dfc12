import type { SweepRun } from './sweep-run.ts';

/** The most that S3 takes in one request; the Lease is confirmed as often. */
const keysPerRequest = 1000;

export function* batchesOf<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += keysPerRequest) yield items.slice(at, at + keysPerRequest);
}

/** Deletes one batch, the Lease confirmed right before. Keys that the store refused are counted and come back. */
export async function deleteBatch(
  { store, signal, tally, confirmLease }: SweepRun,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  await confirmLease();
  signal.throwIfAborted();
  const { refused, marked = 0 } = await store.delete(keys, { signal });
  tally.refused += refused.length;
  if (marked > 0) tally.marked = (tally.marked ?? 0) + marked;
  if (refused[0]) tally.refusal ??= refused[0];
  return new Set(refused.map(({ key }) => key));
}

/** Deletes control records, marks and schema texts. False = some would not go. */
export async function deleteRecords(run: SweepRun, keys: readonly string[]): Promise<boolean> {
  let isAllGone = true;
  for (const batch of batchesOf(keys)) {
    const refused = await deleteBatch(run, batch);
    run.tally.deletedRecords += batch.length - refused.size;
    if (refused.size > 0) isAllGone = false;
  }
  return isAllGone;
}

export async function keysUnder({ store, signal }: SweepRun, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, { signal })) keys.push(key);
  return keys;
}
