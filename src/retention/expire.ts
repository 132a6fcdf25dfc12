import { CainError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Catalog } from '../store/catalog.ts';
import { expiredKey, manifestKey } from '../store/layout.ts';
import type { Manifest } from '../store/manifest.ts';
import { readObject } from '../store/read-object.ts';
import { type ExpiredRecord, parseExpiredRecord, recordBytes } from '../store/run-record.ts';
import type { Store } from '../store/store.ts';
import { doubt, stopOnDoubt } from './doubt.ts';
import type { PolicyResult } from './policy.ts';

export interface ExpireOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Called right before each delete; rejects when the Lease is no longer ours. */
  confirmLease(): Promise<void>;
  /** Told of each backup that is no longer live. */
  onExpired?(tag: string): void;
}

/**
 * Takes backups out of the live ones, in two phases: the expiry record is put, then the manifest goes. From the
 * record on the backup is not live; a crash in between is completed by the next sweep. No object is deleted here.
 * Throws CAIN_PRUNE_STOPPED rather than take the newest backup of a plan.
 */
export async function expireBackups(
  store: Store,
  catalog: Catalog,
  decision: PolicyResult,
  options: ExpireOptions,
): Promise<void> {
  await stopOnDoubt(options.signal, async () => {
    const manifests = decision.expire.map(({ tag }) => manifestToExpire(catalog, tag));
    for (const manifest of manifests) await expireOne(store, manifest, options);
  });
}

function manifestToExpire({ backups }: Catalog, tag: string): Manifest {
  const manifest = backups.find((backup) => backup.tag === tag);
  if (!manifest) throw doubt(`backup ${tag} is to expire, but it is not there`, 'Run prune again.');
  if (backups.some((backup) => backup.plan === manifest.plan && backup.tag > tag)) return manifest;
  throw doubt(
    `backup ${tag} is the newest of plan ${manifest.plan} and was to expire`,
    'No rule of retention may say so. Please report it.',
  );
}

async function expireOne(
  store: Store,
  manifest: Manifest,
  { signal, log, confirmLease, onExpired }: ExpireOptions,
): Promise<void> {
  const { tag, plan } = manifest;
  await confirmLease();
  await putExpiredRecord(store, expiredRecordOf(manifest), signal);
  onExpired?.(tag);
  await confirmLease();
  signal.throwIfAborted();
  const { refused } = await store.delete([manifestKey(tag)], { signal });
  if (refused[0]) {
    log.warn('The store would not delete the manifest of an expired backup; it is tried again next time', {
      expiredTag: tag,
      reason: refused[0].reason,
    });
  }
  log.info('Expired a backup', { expiredTag: tag, plan });
}

/** All that a sweep needs to find the objects of a backup whose manifest is gone. */
export function expiredRecordOf({ tag, plan, keyspaces, nodes }: Manifest): ExpiredRecord {
  return {
    format: 1,
    tag,
    plan,
    keyspaces: keyspaces.map(({ name, sum }) => ({ name, sum })),
    nodes: nodes.map(({ pod, hostId, inventory }) => ({
      pod,
      hostId,
      inventoryKey: inventory.key,
      inventorySha256: inventory.sha256,
    })),
  };
}

/** A record that is there already keeps its LastModified: the grace began with it. */
async function putExpiredRecord(store: Store, record: ExpiredRecord, signal: AbortSignal): Promise<void> {
  const key = expiredKey(record.tag);
  try {
    await store.put(key, recordBytes(record), { ifNoneMatch: '*', signal });
  } catch (error) {
    if (!(error instanceof CainError) || error.code !== 'CAIN_STORE_EXISTS') throw error;
    const present = parseExpiredRecord(await readObject(store, key, signal), key);
    if (present.tag !== record.tag) {
      throw doubt(
        `${key} is the record of ${present.tag}`,
        'Remove the copy, or bring back the right record.',
      );
    }
  }
}
