import type { Catalog, UnreadableRecord } from '../../store/catalog.ts';
import type { Manifest } from '../../store/manifest.ts';
import { isRefused } from '../../store/unreadable.ts';
import { manifestsInDoubt } from './choose-backups.ts';
import type { Recorded } from './damage-book.ts';
import type { DamagedObject, Findings, Tally } from './findings.ts';
import type { Slice } from './slice.ts';
import type { VerifyRun } from './verify-run.ts';

export interface BackupVerdict {
  readonly manifest: Manifest;
  readonly damaged: readonly DamagedObject[];
  /** False = it shares damaged objects with a chosen backup, but was not itself asked for. */
  readonly isChosen: boolean;
}

/** What a verification found, for people, programs and metrics. */
export interface Outcome {
  /** The chosen ones and others that damage hurts, oldest first. */
  readonly backups: readonly BackupVerdict[];
  readonly damaged: readonly DamagedObject[];
  /** Manifests that can't be read or are missing. */
  readonly unreadable: readonly UnreadableRecord[];
  /** Manifests that the store refuses us, too: they may be whole. */
  readonly unclear: Findings['unclear'];
  readonly tally: Tally;
  readonly isFull: boolean;
  readonly slice: Slice | undefined;
  /** By tag; filled once the records are brought up to date. */
  readonly recorded: Map<string, Recorded>;
}

/**
 * Pure. `catalog` is read after the work is done: what is gone of a backup that expired meanwhile is no damage.
 */
export function outcomeOf(
  { findings, isFull, slice }: Pick<VerifyRun, 'findings' | 'isFull' | 'slice'>,
  chosen: readonly Manifest[],
  catalog: Catalog,
): Outcome {
  const live = new Set(catalog.backups.map(({ tag }) => tag));
  const damaged = findings.damaged
    .map((object) => ({ ...object, tags: object.tags.filter((tag) => live.has(tag)) }))
    .filter(({ tags }) => tags.length > 0)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const chosenTags = new Set(chosen.map(({ tag }) => tag));
  const hurtTags = new Set(damaged.flatMap(({ tags }) => tags));
  const backups = catalog.backups
    .filter(({ tag }) => chosenTags.has(tag) || hurtTags.has(tag))
    .map((manifest) => ({
      manifest,
      damaged: damaged.filter(({ tags }) => tags.includes(manifest.tag)),
      isChosen: chosenTags.has(manifest.tag),
    }));
  const inDoubt = manifestsInDoubt(catalog);
  const unreadable = inDoubt.filter(({ error }) => !isRefused(error));
  const { tally } = findings;
  const unclear = [
    ...findings.unclear,
    ...inDoubt.filter(({ error }) => isRefused(error)).map(({ key, error }) => ({ key, error })),
  ];
  return { backups, damaged, unreadable, unclear, tally, isFull, slice, recorded: new Map() };
}

/** Found so now, or recorded earlier and not disproved. */
export function isHurt({ manifest, damaged }: BackupVerdict, { recorded }: Outcome): boolean {
  return damaged.length > 0 || recorded.get(manifest.tag)?.isDamaged === true;
}
