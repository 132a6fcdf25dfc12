import { CainError } from '../../errors.ts';
import type { Catalog } from '../../store/catalog.ts';
import { parseDataKey } from '../../store/layout.ts';
import type { Manifest } from '../../store/manifest.ts';

export interface Wanted {
  /** A tag, of any plan, or "latest": the newest whole backup of the plan. */
  readonly tag: string;
  readonly plan: string;
  /** For people: where was looked. */
  readonly location: string;
}

/** A message shows so many backups at most, the newest. */
const mostShown = 20;

/** The backup to restore. Throws CAIN_NO_BACKUP, which says what there is. */
export function chooseBackup(catalog: Catalog, wanted: Wanted): Manifest {
  const found =
    wanted.tag === 'latest'
      ? catalog.backups.findLast((backup) => isLatestCandidate(backup, catalog, wanted.plan))
      : catalog.backups.find(({ tag }) => tag === wanted.tag);
  if (!found) throw noBackup(catalog, wanted);
  if (found.coverage === 'whole') return found;
  throw new CainError(
    'CAIN_NO_BACKUP',
    `Backup ${found.tag} holds only a ${found.coverage} of the replicas, and its nodes can't be restored one by one`,
    { hint: `Choose a whole backup: ${describeAll(catalog, wanted)}` },
  );
}

/** Whole backups newer than the chosen one that "latest" passed over, for a warning. */
export function passedOver(catalog: Catalog, chosen: Manifest, wanted: Wanted): readonly string[] {
  if (wanted.tag !== 'latest') return [];
  return catalog.backups
    .filter(({ tag, plan }) => plan === wanted.plan && tag > chosen.tag)
    .map(({ tag }) => tag);
}

function isLatestCandidate({ tag, plan, coverage }: Manifest, { damaged }: Catalog, wanted: string): boolean {
  return plan === wanted && coverage === 'whole' && !damaged.has(tag);
}

/** Throws CAIN_NO_BACKUP where a verification found objects of these tables (`keyspace.table`) damaged. */
export function checkNotDamaged(catalog: Catalog, backup: Manifest, tables: ReadonlySet<string>): void {
  const damaged = catalog.damaged.get(backup.tag)?.objects ?? [];
  const concerned = damaged.filter((key) => {
    const parts = parseDataKey(key);
    // What can't be told apart may be anything.
    return !parts || tables.has(`${parts.keyspace}.${parts.table}`);
  });
  if (concerned.length === 0) return;
  throw new CainError(
    'CAIN_NO_BACKUP',
    `Backup ${backup.tag} is damaged: ${concerned.length} objects of the chosen tables, the first is ${concerned[0]}`,
    { hint: 'Choose another tag (CAIN_TAG), or tables that are not damaged (CAIN_TABLE).' },
  );
}

function noBackup(catalog: Catalog, wanted: Wanted): CainError {
  const what =
    wanted.tag === 'latest'
      ? `No whole and undamaged backup of plan ${wanted.plan}`
      : `No backup with tag ${wanted.tag}`;
  return new CainError(
    'CAIN_NO_BACKUP',
    `${what} in ${wanted.location}; there is: ${describeAll(catalog, wanted)}`,
    {
      hint: 'Check CAIN_TAG, CAIN_PLAN, CAIN_DST or CAIN_SRC; `cain list` shows all backups.',
    },
  );
}

function describeAll({ backups, damaged }: Catalog, { plan }: Wanted): string {
  if (backups.length === 0) return 'nothing';
  const shown = backups.slice(-mostShown).map((backup) => {
    const marks = [
      ...(backup.plan === plan ? [] : [`plan ${backup.plan}`]),
      ...(backup.coverage === 'whole' ? [] : [backup.coverage]),
      ...(damaged.has(backup.tag) ? ['damaged'] : []),
    ];
    return marks.length === 0 ? backup.tag : `${backup.tag} (${marks.join(', ')})`;
  });
  const older = backups.length - shown.length;
  return `${shown.join(', ')}${older > 0 ? ` and ${older} older` : ''}`;
}
