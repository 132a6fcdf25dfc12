import {
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { messageOf } from '../../src/errors.ts';
import { clusterPrefix, parseDataKey } from '../../src/store/layout.ts';
import type { Manifest } from '../../src/store/manifest.ts';
import { checkListedBackups, checkNothingIsLeft } from '../support/faults/check-backups.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { type FaultTally, tallyFaults } from '../support/faults/results.ts';
import { backupOutcome, errorCodeOf, listedTags } from '../support/faults/run-outcome.ts';
import { graceIsOver } from '../support/faults/sweep-all.ts';
import { fillShop } from '../support/model/shop.ts';
import { buildCain } from '../support/run-cain.ts';
import type { S3FaultKind } from '../support/s3-fault-proxy.ts';
import { lastingFaults, passingFaults } from './store-faults.ts';

const dayMs = 24 * 3_600_000;

const Bucket = 'backups';

describe('A bucket with Object Lock', function () {
  this.timeout(600_000);
  let tally: FaultTally;
  let lane: Lane;
  let client: S3Client;
  let days = 2;
  let nights = 0;

  before(async () => {
    tally = tallyFaults('locked');
    await buildCain();
    lane = await startLane({ hasObjectLock: true });
    const { endpoint, region, accessKeyId, secretAccessKey } = lane.cluster.s3;
    const credentials = { accessKeyId, secretAccessKey };
    client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  });
  after(async () => {
    client?.destroy();
    await lane?.stop();
    tally.finish();
  });

  const settings = (forDays: number, extra: Record<string, string> = {}) => ({
    CAIN_S3_LOCK_MODE: 'GOVERNANCE',
    CAIN_S3_LOCK_FOR: `${forDays}d`,
    CAIN_S3_TAGS: 'team=db,tier=two words',
    CAIN_RETRIES: '2',
    CAIN_STORE_TIMEOUT: '1s',
    ...extra,
  });
  const fullKey = (key: string) =>
    `cain/${clusterPrefix(lane.cluster.namespace, lane.cluster.clusterName)}${key}`;

  async function backup(extra: Record<string, string> = {}): Promise<string> {
    fillShop(lane.cluster.ring, `night ${nights++}`, 1);
    const tags = await listedTags(lane);
    const run = await lane.cain([], settings(days, extra));
    return await backupOutcome(lane, run, tags);
  }
  async function newest(): Promise<Manifest> {
    const manifest = (await lane.bucket().catalog()).backups.at(-1);
    if (!manifest) throw new Error('No backup is listed');
    return manifest;
  }
  /** The keys of a backup: its data objects and its records. */
  async function keysOf(manifest: Manifest): Promise<readonly string[]> {
    const lines = await lane.bucket().inventory(manifest);
    const records = (await lane.bucket().keys()).filter((key) =>
      key.startsWith(`.cain/backups/${manifest.tag}/`),
    );
    return [...new Set([...lines.map(({ object }) => object.key), ...records])];
  }
  /** Throws unless each object of the newest backup is locked for so long from its commit on, and its inventory says no more. */
  async function checkLocks(forDays: number): Promise<number> {
    const manifest = await newest();
    const least = Date.parse(manifest.committedAt) + forDays * dayMs;
    const keys = await keysOf(manifest);
    const told = new Map(
      (await lane.bucket().inventory(manifest)).map(({ object }) => [object.key, object.lock] as const),
    );
    for (const key of keys) {
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: fullKey(key) }));
      const until = head.ObjectLockRetainUntilDate?.getTime() ?? 0;
      if (head.ObjectLockMode === undefined || until < least)
        throw new Error(`${key} is locked until ${head.ObjectLockRetainUntilDate?.toISOString()}`);
      const lock = told.get(key);
      if (parseDataKey(key) && (lock?.mode !== head.ObjectLockMode || Date.parse(lock.until) > until))
        throw new Error(`${key}: the inventory says ${JSON.stringify(lock)}`);
    }
    return keys.length;
  }

  it('locks every object of a backup, tags it, and nothing else', async () => {
    for (const CAIN_TRANSFER of ['direct', 'exec']) {
      expect(await backup({ CAIN_TRANSFER })).to.equal('whole');
      const keys = await keysOf(await newest());
      expect(await checkLocks(days))
        .to.equal(keys.length)
        .and.to.be.greaterThan(40);
      for (const key of keys) {
        const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key: fullKey(key) }));
        expect(TagSet, key).to.have.deep.members([
          { Key: 'team', Value: 'db' },
          { Key: 'tier', Value: 'two words' },
        ]);
      }
    }
    // Preflight tries a lock in earnest.
    const tried = '.cain/probe/attributes';
    const others = (await lane.bucket().keys()).filter(
      (key) => !parseDataKey(key) && !key.startsWith('.cain/backups/') && key !== tried,
    );
    expect(others).to.include('.cain/owner.json');
    for (const key of others) {
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: fullKey(key) }));
      expect(head.ObjectLockMode, key).to.equal(undefined);
    }
  });

  it('locks what it reuses for longer where that is needed, and sends nothing where it is not', async () => {
    const count = countRetentions();
    expect(await backup()).to.equal('whole');
    expect(count()).to.equal(0);

    days += 30;
    expect(await backup()).to.equal('whole');
    await checkLocks(days);
    const manifest = await newest();
    const reused = (await lane.bucket().inventory(manifest)).filter(
      ({ object }) => parseDataKey(object.key)?.tag !== manifest.tag,
    );
    expect(reused.length).to.be.greaterThan(20);
    expect(count()).to.equal(new Set(reused.map(({ object }) => object.key)).size);

    expect(await backup()).to.equal('whole');
    expect(count()).to.equal(0);
  });

  function countRetentions(): () => number {
    let count = 0;
    lane.proxy.onAnswered = (request) => {
      if (request.startsWith('retention')) count++;
    };
    return () => {
      const counted = count;
      count = 0;
      return counted;
    };
  }

  it('keeps every version although a prune lets the backups go', async () => {
    const [oldest] = (await lane.bucket().catalog()).backups;
    if (!oldest) throw new Error('No backup is listed');
    const keys = await keysOf(oldest);
    await graceIsOver();
    const retention = {
      CAIN_KEEP_LAST: '1',
      CAIN_PRUNE_GRACE: '1s',
      CAIN_PRUNE_CONFIRM: String((await listedTags(lane)).size - 1),
    };
    for (let prune = 0; prune < 2; prune++) {
      const run = await lane.cain(['prune'], settings(days, retention));
      expect(run.exitCode, run.stderr).to.equal(0);
      await graceIsOver();
    }
    expect(await checkListedBackups(lane)).to.equal(1);
    await checkLocks(days);

    const there = new Set(await lane.bucket().keys());
    const gone = keys.filter((key) => !there.has(key));
    expect(gone).to.include(`.cain/backups/${oldest.tag}/manifest.json`);
    for (const key of gone) {
      const { Versions = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix: fullKey(key) }),
      );
      const first = Versions.filter(({ Key }) => Key === fullKey(key)).at(-1);
      expect(first?.Size, key).to.not.equal(undefined);
      const removal = client.send(
        new DeleteObjectCommand({ Bucket, Key: fullKey(key), VersionId: first?.VersionId }),
      );
      expect(await removal.then(() => 'deleted').catch(({ name }: Error) => name), key).to.equal(
        'AccessDenied',
      );
    }
    tally.cell('prune', 'every object is locked', 'marks only; all versions stay');
  });

  it('gives back what was deleted, by a thief or by a prune, as the threat model tells', async () => {
    const { store } = lane.bucket();
    const keys = await lane.bucket().keys();
    await store.delete(keys);
    expect(await lane.bucket().keys()).to.deep.equal([]);

    await removeMarkers((key) => !key.startsWith('.cain/runs/') && !key.startsWith('.cain/expired/'));

    // The prune had let go all but one.
    const { backups } = await lane.bucket().catalog();
    expect(backups.length).to.be.greaterThan(4);
    expect(await checkListedBackups(lane)).to.equal(backups.length);
    const verified = await lane.cain(['verify', '--full'], settings(days));
    expect(verified.exitCode, verified.stderr).to.equal(0);
    expect(await backup()).to.equal('whole');
    tally.cell('the whole bucket', 'deleted', 'back from under the delete markers; verified in full');
  });

  async function removeMarkers(isWanted: (key: string) => boolean): Promise<void> {
    const Prefix = fullKey('');
    for (let KeyMarker: string | undefined, VersionIdMarker: string | undefined; ; ) {
      const page: ListObjectVersionsCommandOutput = await client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix, KeyMarker, VersionIdMarker }),
      );
      for (const { Key = '', VersionId } of page.DeleteMarkers ?? [])
        if (isWanted(Key.slice(Prefix.length)))
          await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
      if (!page.IsTruncated) return;
      ({ NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page);
    }
  }

  it('is met by a backup that died half-way: the next one locks what it adopts', async () => {
    fillShop(lane.cluster.ring, `night ${nights++}`, 3);
    for (const at of [8, 14, 20]) {
      const killed = await lane.cainKilledAt(at, [], settings(days));
      expect(killed.killedAfter, killed.run.stderr).to.not.equal(undefined);
      tally.crashed();
      days *= 2;
      expect(await backup()).to.equal('whole');
      await checkLocks(days);
      await checkNothingIsLeft(lane);
      tally.cell('backup', 'killed', 'the next run is whole and locked');
    }
  });

  async function tryFault(kind: S3FaultKind, lasts: boolean): Promise<void> {
    // Its new objects are the ones to be locked.
    expect(await backup({ CAIN_S3_LOCK_MODE: '', CAIN_S3_LOCK_FOR: '' })).to.equal('whole');
    lane.proxy.inject({ kind, request: 'retention', ...(lasts ? { times: Number.POSITIVE_INFINITY } : {}) });
    const outcome = await backup();
    const hits = lane.proxy.takeHits();
    tally.injected(hits);
    const name = lasts ? `${kind}, lasting` : kind;
    if (hits === 0) tally.missed(name);
    tally.cell('retention', name, outcome);
    try {
      if (outcome === 'whole') await checkLocks(days);
      else expect(await backup()).to.equal('whole');
      await checkLocks(days);
      await checkNothingIsLeft(lane);
    } catch (error) {
      tally.wronged(`${name}: ${messageOf(error)}`);
    }
  }

  for (const kind of passingFaults)
    it(`is whole and locked, or fails with a reason, when a lock meets ${kind}`, async () => {
      await tryFault(kind, false);
    });
  for (const kind of lastingFaults)
    it(`is whole and locked, or fails with a reason, when every lock meets ${kind}`, async () => {
      await tryFault(kind, true);
    });

  it('stores anew what it may not lock more strictly', async () => {
    const run = await lane.cain([], settings(days, { CAIN_S3_LOCK_MODE: 'COMPLIANCE' }));

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(run.stderr).to.contain('can not be locked for longer; their files are stored anew');
    await checkLocks(days);
    for (const key of await keysOf(await newest())) {
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: fullKey(key) }));
      expect(head.ObjectLockMode, key).to.equal('COMPLIANCE');
    }
    tally.cell('retention', 'GOVERNANCE is there, COMPLIANCE is asked for', 'whole; stored anew');
  });
});

describe('A bucket without Object Lock', function () {
  this.timeout(600_000);
  let lane: Lane;
  before(async () => {
    await buildCain();
    lane = await startLane();
  });
  after(async () => await lane?.stop());

  it('is refused before anything is stored when locks are asked for, or encryption that it ignores', async () => {
    for (const [settings, words] of [
      [
        { CAIN_S3_LOCK_MODE: 'COMPLIANCE', CAIN_S3_LOCK_FOR: '30d' },
        'Object Lock is not enabled for the bucket',
      ],
      [{ CAIN_S3_SSE: 'AES256' }, 'Encryption by AES256 is ignored'],
      // Nobody who lets conditions be missing wants this too.
      [{ CAIN_S3_SSE: 'AES256', CAIN_S3_ALLOW_UNSAFE: 'true' }, 'Encryption by AES256 is ignored'],
    ] as const) {
      const run = await lane.cain([], settings);

      expect(run.exitCode).to.equal(3);
      expect(errorCodeOf(run)).to.equal('CAIN_PREFLIGHT');
      expect(run.stderr).to.contain(words);
    }
    expect((await lane.bucket().keys()).filter((key) => !key.startsWith('.cain/probe/'))).to.deep.equal([]);
  });
});
