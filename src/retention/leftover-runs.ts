import type { Catalog } from '../store/catalog.ts';
import { differentialMarkKey, runKey, runsPrefix } from '../store/layout.ts';
import { deleteRecords, keysUnder } from './delete-objects.ts';
import type { SweepRun } from './sweep-run.ts';

/**
 * A run record beside a committed backup is left over from a crash after the commit: what that run had still to do
 * is done. A full backup's differential marks go, or the original could never restore it; then checkpoints and record.
 */
export async function removeLeftoverRuns(run: SweepRun, catalog: Catalog): Promise<void> {
  const manifests = new Map(catalog.backups.map((manifest) => [manifest.tag, manifest]));
  const expired = new Set(catalog.expired.map(({ record }) => record.tag));
  for (const tag of catalog.runTags) {
    const manifest = manifests.get(tag);
    if (tag === run.ownTag || (!manifest && !expired.has(tag))) continue;
    if (manifest?.mode === 'full') {
      const marks = manifest.keyspaces.map(({ name, sum }) =>
        differentialMarkKey({ keyspace: name, sum, tag }),
      );
      if (!(await deleteRecords(run, marks))) continue;
    }
    if (await removeCheckpoints(run, tag)) await deleteRecords(run, [runKey(tag)]);
  }
}

/** False = some would not go; then the run record stays too, since it says whose they are. */
export async function removeCheckpoints(run: SweepRun, tag: string): Promise<boolean> {
  return await deleteRecords(run, await keysUnder(run, `${runsPrefix}${tag}/`));
}
