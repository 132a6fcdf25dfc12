export type LockMode = 'GOVERNANCE' | 'COMPLIANCE';

/** The retention of an object: until then the store deletes no version of it. */
export interface ObjectLock {
  readonly mode: LockMode;
  /** ISO 8601 in UTC with whole seconds, so that texts compare as times do: `2026-11-30T02:00:00Z`. */
  readonly until: string;
}

/** What is asked for: no backup can be deleted for so long after its commit. */
export interface LockPolicy {
  readonly mode: LockMode;
  readonly forMs: number;
  /** From the start of a run to its commit at the latest. */
  readonly longestRunMs: number;
}

const dayMs = 24 * 3_600_000;
/** Of the time asked for: an object that every night reuses is locked anew so much later, and not every night. */
const spareShare = 1 / 4;

/** The least that an object of a backup that begins at `start` must have. */
export function leastLock({ mode, forMs, longestRunMs }: LockPolicy, start: Date): ObjectLock {
  return { mode, until: wholeSeconds(start.getTime() + forMs + longestRunMs) };
}

/** What a new object gets, and one that is locked anew. */
export function newLock({ mode, forMs, longestRunMs }: LockPolicy, start: Date): ObjectLock {
  const spareMs = Math.max(dayMs, forMs * spareShare);
  return { mode, until: wholeSeconds(start.getTime() + forMs + longestRunMs + spareMs) };
}

export function isLockedEnough(lock: ObjectLock | undefined, least: ObjectLock): boolean {
  if (!lock || lock.until < least.until) return false;
  return lock.mode === least.mode || lock.mode === 'COMPLIANCE';
}

/** A lock is never weakened: the store would refuse it. */
export function withModeOf(lock: ObjectLock | undefined, wanted: ObjectLock): ObjectLock {
  return lock?.mode === 'COMPLIANCE' ? { ...wanted, mode: 'COMPLIANCE' } : wanted;
}

/** Later rather than earlier. */
function wholeSeconds(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/**
 * What backups consist of: data objects, and the records of committed ones. What comes and goes beside them (run
 * records, checkpoints, marks) stays free, as do differential.json and a sum's schema.cql.
 */
export function isLockable(fullKey: string): boolean {
  return /(^|\/)\.cain\/backups\//.test(fullKey) || /\/\d{14}\/[^/]+\/[^/]+\/[^/]+$/.test(fullKey);
}
