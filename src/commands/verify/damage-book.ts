import { CainError } from '../../errors.ts';
import { damagedKey } from '../../store/layout.ts';
import { readObject } from '../../store/read-object.ts';
import { type DamagedRecord, namesDamage, parseDamagedRecord, recordBytes } from '../../store/run-record.ts';
import type { Store } from '../../store/store.ts';
import { isDamage } from '../../store/unreadable.ts';

/** Verifications that race for one record are few, and each round one of them wins. */
const mostAttempts = 5;

export interface Verdict {
  readonly tag: string;
  /** What this run found damaged in it. */
  readonly damaged: ReadonlySet<string>;
  /** Whether an earlier finding holds no longer. */
  isMended(key: string): boolean;
  /** There is damage beyond `damaged`. */
  readonly isPartial: boolean;
  /** A record that names only some of the damage is taken back only by a run that has read everything. */
  readonly isEverythingRead: boolean;
}

/** Pure. The record after this run; undefined = there is none and none is needed. */
export function nextRecord(known: DamagedRecord | undefined, verdict: Verdict): DamagedRecord | undefined {
  const left = (known?.objects ?? []).filter((key) => !verdict.isMended(key));
  const objects = [...new Set([...left, ...verdict.damaged])].toSorted();
  const isPartial = verdict.isPartial || (known?.isPartial === true && !verdict.isEverythingRead);
  if (!known && objects.length === 0 && !isPartial) return undefined;
  return { format: 1, objects, ...(isPartial ? { isPartial: true } : {}) };
}

/** What the record says after this run, and whether it said otherwise before. */
export interface Recorded {
  readonly isDamaged: boolean;
  readonly isMended: boolean;
}

/**
 * Brings a backup's damage record up to date. It is never deleted here: an empty one says that all is whole again, and
 * another verification that finds damage at the same time replaces it with If-Match or fails and looks again.
 */
export async function recordVerdict(store: Store, verdict: Verdict, signal: AbortSignal): Promise<Recorded> {
  const key = damagedKey(verdict.tag);
  for (let attempt = 1; ; attempt++) {
    const head = await store.head(key, { signal });
    const { known, isReadable } = head ? await readRecord(store, key, signal) : none;
    const next = nextRecord(known, verdict);
    const isDamaged = next !== undefined && namesDamage(next);
    const recorded = { isDamaged, isMended: known !== undefined && namesDamage(known) && !isDamaged };
    if (!next || (isReadable && isSame(known, next))) return recorded;
    try {
      const condition = head ? { ifMatch: head.etag } : { ifNoneMatch: '*' as const };
      await store.put(key, recordBytes(next), { ...condition, signal });
      return recorded;
    } catch (error) {
      if (!isRace(error) || attempt === mostAttempts) throw error;
    }
  }
}

interface KnownRecord {
  readonly known: DamagedRecord | undefined;
  readonly isReadable: boolean;
}

const none: KnownRecord = { known: undefined, isReadable: true };

/** One that is damaged may have named anything, and is replaced by one that says so. One that is refused to us may be whole. */
async function readRecord(store: Store, key: string, signal: AbortSignal): Promise<KnownRecord> {
  try {
    return { known: parseDamagedRecord(await readObject(store, key, signal), key), isReadable: true };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { known: { format: 1, objects: [], isPartial: true }, isReadable: false };
  }
}

function isSame(known: DamagedRecord | undefined, next: DamagedRecord): boolean {
  return known !== undefined && Buffer.compare(recordBytes(known), recordBytes(next)) === 0;
}

function isRace(error: unknown): boolean {
  return (
    error instanceof CainError && (error.code === 'CAIN_STORE_EXISTS' || error.code === 'CAIN_STORE_CHANGED')
  );
}
