import { CainError } from '../../errors.ts';
import type { Catalog } from '../../store/catalog.ts';
import { manifestKey } from '../../store/layout.ts';
import type { Manifest } from '../../store/manifest.ts';
import { lostManifests } from './lost-manifests.ts';

export interface WantedBackups {
  /** A tag of any plan, "latest" of the plan, or undefined: all of the plan. */
  readonly tag: string | undefined;
  readonly plan: string;
  /** For people: where was looked. */
  readonly location: string;
}

/** Pure. The backups to verify, oldest first. Throws CAIN_NO_BACKUP; an unreadable manifest of the tag, CAIN_FORMAT or what the store says; a missing one, CAIN_STORE_MISSING. */
export function chooseBackups(catalog: Catalog, { tag, plan, location }: WantedBackups): readonly Manifest[] {
  const ofPlan = catalog.backups.filter((backup) => backup.plan === plan);
  if (tag === undefined || tag === 'latest') {
    const chosen = tag === undefined ? ofPlan : ofPlan.slice(-1);
    if (chosen.length > 0 || manifestsInDoubt(catalog).length > 0) return chosen;
    throw noBackup(`No backup of plan ${plan} at ${location}`);
  }
  const found = catalog.backups.find((backup) => backup.tag === tag);
  if (found) return [found];
  const doubt = [...catalog.unreadable, ...lostManifests(catalog)].find((record) => record.tag === tag);
  throw doubt ? doubt.error : noBackup(`No backup with tag ${tag} at ${location}`);
}

/** Manifests that can't be read or are missing: nobody can say of which plan they are. */
export function manifestsInDoubt(catalog: Catalog): Catalog['unreadable'] {
  const unreadable = catalog.unreadable.filter(({ key, tag }) => key === manifestKey(tag));
  return [...unreadable, ...lostManifests(catalog)];
}

function noBackup(message: string): CainError {
  return new CainError('CAIN_NO_BACKUP', message, {
    hint: 'Check CAIN_TAG, CAIN_PLAN, CAIN_DST or CAIN_SRC; `cain list` shows all backups.',
  });
}
