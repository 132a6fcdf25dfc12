import type { Catalog } from '../store/catalog.ts';
import { runKey, runsPrefix } from '../store/layout.ts';
import type { Manifest } from '../store/manifest.ts';
import { isDataLocation } from '../store/our-key.ts';
import { readObject } from '../store/read-object.ts';
import { parseRunRecord, type RunRecord } from '../store/run-record.ts';
import type { Store } from '../store/store.ts';
import { doubt } from './doubt.ts';
import type { SweepRun } from './sweep-run.ts';

type KeyspaceSums = RunRecord['keyspaces'];

/** A tag whose objects are candidates: what no surviving inventory points at goes. */
export interface SweptTag {
  readonly tag: string;
  readonly kind: 'expired' | 'abandoned';
  readonly since: Date;
  /** Where its objects can lie; empty when its run record is gone, since then its objects are too. */
  readonly keyspaces: KeyspaceSums;
  /** Of an abandoned tag that a backup may still adopt files of: nothing of it goes before that has ended. */
  readonly openRecord?: OpenRecord | undefined;
}

export interface OpenRecord {
  readonly record: RunRecord;
  readonly etag: string;
}

/** An inventory whose objects must stay. */
export interface InventorySource {
  readonly key: string;
  readonly sha256: string;
  /** As the manifest says; the record of an expired backup does not. */
  readonly files?: number;
  /** Whose it is, where that is a live one. */
  readonly backup?: Pick<Manifest, 'tag' | 'plan'>;
}

export interface SweepScope {
  readonly swept: readonly SweptTag[];
  /** By pod: those of live backups, and of expired ones that a run in progress may still count on. */
  readonly inventories: ReadonlyMap<string, readonly InventorySource[]>;
}

/**
 * Which tags a sweep looks at, and what protects objects from it. An expired tag counts from the end of its grace on;
 * an abandoned one at once, since a fenced run can't commit, though not before its adoption has ended. One whose manifest is still there is left to a
 * later sweep: as long as anybody could read it, its inventories protect.
 */
export async function readScope(run: SweepRun, catalog: Catalog): Promise<SweepScope> {
  const expiring = new Set(catalog.expiring.map(({ tag }) => tag));
  const isOver = ({ record, since }: Catalog['expired'][number]): boolean =>
    run.now.getTime() - since.getTime() > run.graceMs && !expiring.has(record.tag);
  const over = catalog.expired.filter(isOver);
  const inGrace = catalog.expired.filter((expired) => !isOver(expired));

  const swept: SweptTag[] = over.map(({ record, since }) => ({
    tag: record.tag,
    kind: 'expired',
    since,
    keyspaces: record.keyspaces,
  }));
  swept.push(...(await abandonedTags(run, catalog)));
  for (const { tag, keyspaces } of swept) checkLocations(tag, keyspaces);
  return { swept, inventories: inventoriesByPod(catalog.backups, inGrace) };
}

async function abandonedTags(run: SweepRun, catalog: Catalog): Promise<readonly SweptTag[]> {
  const withRun = new Set(catalog.runTags);
  const expired = new Set(catalog.expired.map(({ record }) => record.tag));
  const tags: SweptTag[] = [];
  for (const { tag, since } of catalog.abandoned) {
    if (expired.has(tag)) continue;
    const found = withRun.has(tag) ? await readRunRecord(run.store, tag, run.signal) : undefined;
    const openRecord = found && found.record.nodes.length > 0 ? found : undefined;
    tags.push({ tag, kind: 'abandoned', since, keyspaces: found?.record.keyspaces ?? [], openRecord });
  }
  return tags;
}

/** Throws CAIN_PRUNE_STOPPED where checkpoints lie there and the record that says where the objects are does not. */
async function readRunRecord(store: Store, tag: string, signal: AbortSignal): Promise<OpenRecord> {
  const key = runKey(tag);
  const head = await store.head(key, { signal });
  if (!head) {
    throw doubt(
      `the record of run ${tag} is missing, though its checkpoints are there`,
      `Bring back ${key} from an older version of the bucket: it says where the objects of that run lie. If it is lost for good, remove all of ${runsPrefix}${tag}/: its objects then stay.`,
    );
  }
  const record = parseRunRecord(await readObject(store, key, signal), key);
  if (record.tag === tag) return { record, etag: head.etag };
  throw doubt(
    `${key} is the record of run ${record.tag}`,
    'Remove the copy, or bring back the right record.',
  );
}

/** Prefixes are made of these, and what lies under those is deleted. */
function checkLocations(tag: string, keyspaces: KeyspaceSums): void {
  for (const { name, sum } of keyspaces) {
    if (isDataLocation({ keyspace: name, sum, tag })) continue;
    throw doubt(
      `a record of ${tag} names keyspace "${name}" with schema sum "${sum}", which no Cain would write`,
      'The record is damaged: bring it back from an older version of the bucket.',
    );
  }
}

export function inventoriesByPod(
  backups: Catalog['backups'],
  inGrace: Catalog['expired'] = [],
): SweepScope['inventories'] {
  const byPod = new Map<string, InventorySource[]>();
  function add(pod: string, source: InventorySource): void {
    const sources = byPod.get(pod);
    if (sources) sources.push(source);
    else byPod.set(pod, [source]);
  }
  for (const { tag, plan, nodes } of backups) {
    for (const { pod, inventory, files } of nodes) {
      add(pod, { key: inventory.key, sha256: inventory.sha256, files, backup: { tag, plan } });
    }
  }
  for (const { record } of inGrace) {
    for (const { pod, inventoryKey: key, inventorySha256: sha256 } of record.nodes) {
      add(pod, { key, sha256 });
    }
  }
  return byPod;
}
