import { CainError } from '../errors.ts';
import { ownerKey } from '../store/layout.ts';
import { readObject } from '../store/read-object.ts';
import { type OwnerRecord, parseOwnerRecord, recordBytes } from '../store/run-record.ts';
import type { Store } from '../store/store.ts';

/** Runs that race for the record are few, and each round one of them wins. */
const mostAttempts = 5;

export interface FoundOwner {
  readonly record: OwnerRecord;
  readonly etag: string;
}

/** undefined = nobody has claimed this prefix. */
export async function readOwner(store: Store, signal: AbortSignal): Promise<FoundOwner | undefined> {
  const head = await store.head(ownerKey, { signal });
  if (!head) return undefined;
  // Should the record change in between, the older ETag makes a replacement fail, never pass.
  return { record: parseOwnerRecord(await readObject(store, ownerKey, signal), ownerKey), etag: head.etag };
}

/** A ring that knows none of the owner's host ids; CAIN_ADOPT with the owner's id says that it is the same cluster all the same. */
export function isForeign(
  owner: OwnerRecord,
  { hostIds, adopt }: { readonly hostIds: readonly string[]; readonly adopt?: string | undefined },
): boolean {
  return adopt !== owner.id && !hostIds.some((hostId) => owner.hostIds.includes(hostId));
}

export function foreignPrefixError(store: Store, owner: OwnerRecord): CainError {
  return new CainError(
    'CAIN_FOREIGN_PREFIX',
    `${store.location} belongs to another ring (owner ${owner.id})`,
    {
      hint: `Two clusters of the same name need two destinations. If this is the same cluster rebuilt, set CAIN_ADOPT=${owner.id} once.`,
      fields: { owner: owner.id },
    },
  );
}

export interface OwnerClaim {
  /** Of the nodes that could be asked: some members may be missing. */
  readonly hostIds: readonly string[];
  readonly adopt?: string | undefined;
  readonly signal: AbortSignal;
  /** A random id; names the owner for people and for CAIN_ADOPT. */
  newId(): string;
}

/**
 * Claims the prefix for this ring, or proves that it is ours already; throws CAIN_FOREIGN_PREFIX where it is
 * another's. Host ids that are new are added and none is dropped: a node that is down tonight may be the one that
 * answers tomorrow. An adopted prefix gets the new ring's ids alone and another id, so that a CAIN_ADOPT left in
 * the settings of either cluster opens nothing any more.
 */
export async function claimOwner(store: Store, claim: OwnerClaim): Promise<OwnerRecord> {
  for (let attempt = 1; ; attempt++) {
    const found = await readOwner(store, claim.signal);
    if (found && isForeign(found.record, claim)) throw foreignPrefixError(store, found.record);
    const wanted = wantedRecord(found?.record, claim);
    if (found && wanted === found.record) return wanted;
    try {
      const condition = found ? { ifMatch: found.etag } : { ifNoneMatch: '*' as const };
      await store.put(ownerKey, recordBytes(wanted), { ...condition, signal: claim.signal });
      return wanted;
    } catch (error) {
      if (!isRace(error) || attempt === mostAttempts) throw error;
    }
  }
}

function wantedRecord(owner: OwnerRecord | undefined, { hostIds, newId }: OwnerClaim): OwnerRecord {
  const given = [...new Set(hostIds)].toSorted();
  const known = new Set(owner?.hostIds);
  if (!owner || !given.some((hostId) => known.has(hostId))) return { format: 1, id: newId(), hostIds: given };
  if (given.every((hostId) => known.has(hostId))) return owner;
  return { ...owner, hostIds: [...new Set([...known, ...given])].toSorted() };
}

function isRace(error: unknown): boolean {
  return (
    error instanceof CainError && (error.code === 'CAIN_STORE_EXISTS' || error.code === 'CAIN_STORE_CHANGED')
  );
}
