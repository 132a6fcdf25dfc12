import { forEachLimited } from '../concurrency.ts';
import type { CainError } from '../errors.ts';
import type { Catalog } from '../store/catalog.ts';
import type { Manifest, RecordReference } from '../store/manifest.ts';
import { readObject } from '../store/read-object.ts';
import { parseTopology } from '../store/topology-record.ts';
import { isDamage, isMissing, readTwiceIfWrong } from '../store/unreadable.ts';
import { doubt } from './doubt.ts';
import { giveUpHint } from './give-up.ts';
import { readInventory } from './survivors.ts';
import { requestsAtOnce, type SweepRun } from './sweep-run.ts';
import type { SweepScope } from './sweep-scope.ts';

/** `checked` gathers the keys of what was found in order. */
type Checker = Pick<SweepRun, 'store' | 'signal' | 'checked'>;

/** Throws where a live backup's topology is missing, damaged or of a newer format: then its other records may be too. */
export async function checkTopologies(checker: Checker, { backups }: Catalog): Promise<void> {
  await forEachLimited(backups, requestsAtOnce, async (backup) => {
    await withWayOut(backup, () => checkTopology(checker, backup.topology));
  });
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
    await withWayOut(source.backup, () =>
      readTwiceIfWrong(() => readInventory(checker, pod, source, () => {})),
    );
    checker.checked.add(source.key);
  });
}

async function checkTopology(
  { store, signal, checked }: Checker,
  { key, sha256 }: RecordReference,
): Promise<void> {
  if (checked.has(key)) return;
  parseTopology(await readObject(store, key, signal, sha256), key);
  checked.add(key);
}

/** What is damaged for good would keep every prune from its work. */
async function withWayOut(
  backup: Pick<Manifest, 'tag' | 'plan'> | undefined,
  check: () => Promise<void>,
): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!isLost(error)) throw error;
    const wayOut = backup
      ? giveUpHint(backup.tag, backup.plan)
      : 'Its backup has expired: once its grace is over it is needed no more.';
    throw doubt(error.message, `Bring the record back from an older version of the bucket. ${wayOut}`, {
      cause: error,
      fields: error.fields,
    });
  }
}

/** Not what is refused to us: it may be whole, and the hint of the refusal is the way out. */
function isLost(error: unknown): error is CainError {
  return isDamage(error) || isMissing(error);
}
