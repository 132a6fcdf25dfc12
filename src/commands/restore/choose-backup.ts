import { CainError } from '../../errors.ts';
import { type Catalog, isDamaged } from '../../store/catalog.ts';
import { parseDataKey, rolesKey } from '../../store/layout.ts';
import type { Manifest } from '../../store/manifest.ts';

export interface Wanted {
  /** A tag, of any plan, also of a backup that is less than whole, or "latest": the newest whole one of the plan. */
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
  return found;
}

/**
 * Throws CAIN_FORMAT (or what the store said) where a record of the wanted backup can't be read; for "latest" also one
 * of a newer backup, which may be the one that is meant. Any other backup can be restored beside it, by its tag.
 */
export function checkIsReadable(catalog: Catalog, { tag, plan }: Wanted): void {
  const latest = catalog.backups.findLast((backup) => isLatestCandidate(backup, catalog, plan))?.tag ?? '';
  const doubt = catalog.unreadable.find((record) =>
    tag === 'latest' ? record.tag > latest : record.tag === tag,
  );
  if (!doubt) return;
  const { code, message } = doubt.error;
  throw new CainError(code, message, {
    hint: `Choose a backup that can be read by its tag (CAIN_TAG), such as ${latest || 'one that cain list shows'}; or look at the record.`,
    cause: doubt.error,
  });
}

/** Whole backups newer than the chosen one that "latest" passed over, for a warning. */
export function passedOver(catalog: Catalog, chosen: Manifest, wanted: Wanted): readonly string[] {
  if (wanted.tag !== 'latest') return [];
  return catalog.backups
    .filter(({ tag, plan }) => plan === wanted.plan && tag > chosen.tag)
    .map(({ tag }) => tag);
}

function isLatestCandidate({ tag, plan, coverage }: Manifest, catalog: Catalog, wanted: string): boolean {
  return plan === wanted && coverage === 'whole' && !isDamaged(catalog, tag);
}

/** Throws CAIN_NO_BACKUP where a verification found objects of these tables (`keyspace.table`) damaged. */
export function checkNotDamaged(catalog: Catalog, backup: Manifest, tables: ReadonlySet<string>): void {
  const { objects: damaged = [], isPartial = false } = catalog.damaged.get(backup.tag) ?? {};
  if (isPartial) {
    throw new CainError('CAIN_NO_BACKUP', `Backup ${backup.tag} is damaged, and not all of it is recorded`, {
      hint: `Choose another tag (CAIN_TAG), or see with \`cain verify --full --tag ${backup.tag}\` what is left.`,
    });
  }
  const concerned = damaged.filter((key) => {
    if (key === rolesKey(backup.tag)) return false;
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

function describeAll(catalog: Catalog, { plan }: Wanted): string {
  const { backups } = catalog;
  if (backups.length === 0) return 'nothing';
  const shown = backups.slice(-mostShown).map((backup) => {
    const marks = [
      ...(backup.plan === plan ? [] : [`plan ${backup.plan}`]),
      ...(backup.coverage === 'whole' ? [] : [backup.coverage]),
      ...(isDamaged(catalog, backup.tag) ? ['damaged'] : []),
    ];
    return marks.length === 0 ? backup.tag : `${backup.tag} (${marks.join(', ')})`;
  });
  const older = backups.length - shown.length;
  return `${shown.join(', ')}${older > 0 ? ` and ${older} older` : ''}`;
}
