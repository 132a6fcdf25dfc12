import {
  applyPolicy,
  type HeldBack,
  heldBack,
  type PolicyResult,
  type RetentionRules,
} from '../../retention/policy.ts';
import type { Settings } from '../../settings/table.ts';
import { type Catalog, isDamaged } from '../../store/catalog.ts';
import { tagTime } from '../../store/tag.ts';

export type RetentionSettings = Pick<
  Settings,
  | 'plan'
  | 'keepLast'
  | 'keepHourly'
  | 'keepDaily'
  | 'keepWeekly'
  | 'keepMonthly'
  | 'keepYearly'
  | 'keepWithinMs'
  | 'pruneConfirm'
  | 'pruneGraceMs'
>;

/** What the rules say of one plan's live backups. */
export interface Decision {
  readonly plan: string;
  readonly result: PolicyResult;
  /** Set = nothing may be deleted. */
  readonly heldBack: HeldBack | undefined;
}

export function decide(catalog: Catalog, settings: RetentionSettings, now: Date): Decision {
  const { plan } = settings;
  const backups = catalog.backups
    .filter((backup) => backup.plan === plan)
    .map(({ tag, coverage }) => ({ tag, coverage, isDamaged: isDamaged(catalog, tag) }));
  const result = applyPolicy(backups, rulesOf(settings), now);
  return { plan, result, heldBack: heldBack(result, settings.pruneConfirm) };
}

function rulesOf(settings: RetentionSettings): RetentionRules {
  return {
    last: settings.keepLast ?? 0,
    hourly: settings.keepHourly ?? 0,
    daily: settings.keepDaily ?? 0,
    weekly: settings.keepWeekly ?? 0,
    monthly: settings.keepMonthly ?? 0,
    yearly: settings.keepYearly ?? 0,
    withinMs: settings.keepWithinMs ?? 0,
  };
}

/** The time of the plan's oldest live backup that verify has found no fault with, once `expired` are gone. */
export function oldestRestorable(
  catalog: Catalog,
  plan: string,
  expired: readonly string[],
): Date | undefined {
  const tags = catalog.backups
    .filter((backup) => backup.plan === plan && !isDamaged(catalog, backup.tag))
    .filter(({ tag }) => !expired.includes(tag))
    .map(({ tag }) => tag)
    .toSorted();
  return tags[0] === undefined ? undefined : tagTime(tags[0]);
}
