import { CainError } from '../errors.ts';
import type { CoverageLevel } from '../store/manifest.ts';
import { tagTime } from '../store/tag.ts';
import { type BucketRule, bucketOf, bucketRules } from './buckets.ts';

/** A live backup of the plan that the rules are applied to. */
export interface PolicyBackup {
  readonly tag: string;
  readonly coverage: CoverageLevel;
  /** A damage record names it. */
  readonly isDamaged?: boolean;
}

/** restic's `keep` rules. Absent or 0 = the rule is off; restic's -1 for "all" is refused. */
export interface RetentionRules extends Readonly<Partial<Record<BucketRule, number>>> {
  readonly last?: number;
  readonly withinMs?: number;
}

/** Both lists are newest first; together they hold every backup once. */
export interface PolicyResult {
  readonly keep: ReadonlyArray<{ readonly tag: string; readonly reasons: readonly string[] }>;
  readonly expire: ReadonlyArray<{ readonly tag: string; readonly reason: string }>;
}

interface DatedBackup extends PolicyBackup {
  readonly time: Date;
}

interface Kept {
  readonly tag: string;
  readonly reason: string;
}

/**
 * What of one plan's backups stays and what expires. Throws CAIN_SETTINGS on a rule that is no count.
 *
 * As in restic, backups are gone through from the newest backward. `last: n` keeps the newest n; `daily: n`
 * keeps the newest of each of the last n days *that have a backup*, and so on (UTC, ISO weeks); as long as
 * there are fewer such periods than n, the oldest backup stays too, so that a history grows to its full
 * length. `withinMs` reaches back from the newest whole backup, not from the clock: a plan that has not run
 * for a month loses nothing. What any rule keeps, stays. No rule at all keeps everything.
 *
 * Only whole, undamaged backups fill slots. A damaged one stays beside them for as long as a rule would keep it were it
 * whole: most of its tables can still be restored, and nothing is deleted on a verifier's word. One that is less
 * than whole stays until a newer whole one exists, then it expires. The newest backup never expires.
 *
 * `now` only tells which tags lie in the future. Such a backup is the work of a wrong clock: it neither
 * expires, nor fills a slot, nor supersedes another. Hence a clock that is behind keeps more, never less,
 * and one that is ahead changes nothing.
 */
export function applyPolicy(
  backups: readonly PolicyBackup[],
  rules: RetentionRules,
  now: Date,
): PolicyResult {
  checkRules(rules);
  const all = backups.map((backup) => ({ ...backup, time: tagTime(backup.tag) })).sort(newestFirst);
  const reasons = reasonsByTag(hasRule(rules) ? keptOf(all, rules, now) : because('no rule', all));

  const keep: Array<PolicyResult['keep'][number]> = [];
  const expire: Array<PolicyResult['expire'][number]> = [];
  for (const backup of all) {
    const why = reasons.get(backup.tag);
    if (why) keep.push({ tag: backup.tag, reasons: [...why] });
    else expire.push({ tag: backup.tag, reason: whyExpired(backup) });
  }
  return { keep, expire };
}

function keptOf(all: readonly DatedBackup[], rules: RetentionRules, now: Date): readonly Kept[] {
  const isPast = ({ time }: DatedBackup): boolean => time <= now;
  const past = all.filter(isPast);
  const future = all.filter((backup) => !isPast(backup));
  const whole = past.filter(isWhole);
  const isSuperseded = ({ time }: DatedBackup): boolean => whole[0] !== undefined && whole[0].time > time;
  return [
    // Whatever else is wrong with the rules: the newest of all, of the past and of the whole ones stay.
    ...because(
      'newest',
      [all, past, whole].flatMap((list) => list.slice(0, 1)),
    ),
    ...because('in the future', future),
    ...because(
      'no newer whole backup',
      past.filter((backup) => !isWhole(backup) && !isSuperseded(backup)),
    ),
    ...keptByRules(whole, rules),
    ...past.filter(isOnlyDamaged).flatMap((backup) => keptThoughDamaged(backup, whole, rules)),
  ];
}

function keptByRules(whole: readonly DatedBackup[], rules: RetentionRules): readonly Kept[] {
  return [
    ...because('last', whole.slice(0, rules.last ?? 0)),
    ...bucketRules.flatMap((rule) => keptByPeriod(whole, rule, rules[rule] ?? 0)),
    ...keptWithin(whole, rules.withinMs ?? 0),
  ];
}

/** Each by itself: damaged ones take no slot from one another either. */
function keptThoughDamaged(
  backup: DatedBackup,
  whole: readonly DatedBackup[],
  rules: RetentionRules,
): readonly Kept[] {
  return keptByRules([...whole, backup].sort(newestFirst), rules)
    .filter(({ tag }) => tag === backup.tag)
    .map(({ tag, reason }) => ({ tag, reason: `${reason} (damaged)` }));
}

function keptByPeriod(whole: readonly DatedBackup[], rule: BucketRule, count: number): readonly Kept[] {
  const newestOfPeriod = new Map<string, DatedBackup>();
  for (const backup of whole) {
    const period = bucketOf(rule, backup.time);
    if (!newestOfPeriod.has(period)) newestOfPeriod.set(period, backup);
  }
  const newest = [...newestOfPeriod.values()];
  const oldest = whole.slice(-1).filter((backup) => newest.length < count && !newest.includes(backup));
  return [...because(rule, newest.slice(0, count)), ...because(`oldest ${rule}`, oldest)];
}

function keptWithin(whole: readonly DatedBackup[], withinMs: number): readonly Kept[] {
  const newestMs = whole[0]?.time.getTime() ?? 0;
  return because(
    'within',
    whole.filter(({ time }) => time.getTime() > newestMs - withinMs),
  );
}

function because(reason: string, backups: readonly DatedBackup[]): readonly Kept[] {
  return backups.map(({ tag }) => ({ tag, reason }));
}

function reasonsByTag(kept: readonly Kept[]): ReadonlyMap<string, ReadonlySet<string>> {
  const reasons = new Map<string, Set<string>>();
  for (const { tag, reason } of kept) reasons.set(tag, (reasons.get(tag) ?? new Set()).add(reason));
  return reasons;
}

function whyExpired({ coverage }: PolicyBackup): string {
  return coverage === 'whole' ? 'no rule keeps it' : `${coverage} coverage, and a newer whole backup exists`;
}

function isWhole({ coverage, isDamaged }: PolicyBackup): boolean {
  return coverage === 'whole' && !isDamaged;
}

function isOnlyDamaged({ coverage, isDamaged }: PolicyBackup): boolean {
  return coverage === 'whole' && isDamaged === true;
}

function newestFirst(one: DatedBackup, other: DatedBackup): number {
  return other.time.getTime() - one.time.getTime();
}

function hasRule(rules: RetentionRules): boolean {
  return ruleValues(rules).some(([, value]) => value > 0);
}

function checkRules(rules: RetentionRules): void {
  for (const [rule, value] of ruleValues(rules)) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new CainError('CAIN_SETTINGS', `The retention rule "${rule}" is ${value}`, {
      hint: 'Give a whole number of at least 1, or leave the rule out. Without any rule nothing is deleted.',
    });
  }
}

function ruleValues(rules: RetentionRules): ReadonlyArray<readonly [string, number]> {
  return (['last', ...bucketRules, 'withinMs'] as const).map((rule) => [rule, rules[rule] ?? 0]);
}

/** A prune that needs the user's word: it would take `expiring` of a plan's `total` backups. */
export interface HeldBack {
  readonly expiring: number;
  readonly total: number;
}

/**
 * Set when the result takes over half of the plan's backups and `confirm` is not that exact count: then
 * nothing may be deleted. A slip in a rule or a clock shows up this way before it costs anything.
 */
export function heldBack(result: PolicyResult, confirm?: number): HeldBack | undefined {
  const expiring = result.expire.length;
  const total = expiring + result.keep.length;
  return expiring * 2 > total && confirm !== expiring ? { expiring, total } : undefined;
}
