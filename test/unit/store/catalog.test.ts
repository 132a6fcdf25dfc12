import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import {
  fence,
  isDamaged,
  knownTags,
  readCatalog,
  readCatalogWithDoubts,
  unfinishedTags,
} from '../../../src/store/catalog.ts';
import {
  checkpointKey,
  damagedKey,
  expiredKey,
  inventoryKey,
  manifestKey,
  runKey,
} from '../../../src/store/layout.ts';
import { manifestBytes, mostManifestBytes, tombstoneBytes } from '../../../src/store/manifest.ts';
import { recordBytes } from '../../../src/store/run-record.ts';
import { rejection } from '../../support/error-code.ts';
import { type FaultyMethod, withFaults } from '../../support/faulty-store.ts';
import { goldenManifest } from '../../support/golden-manifest.ts';
import { failingRead, lastingFailures, s3Refusal } from '../../support/lasting-failures.ts';
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts';

const { signal } = new AbortController();
const [first, second, third, fourth] = [
  '20260101000000',
  '20260102000000',
  '20260103000000',
  '20260104000000',
] as const;

describe('readCatalog', () => {
  let bucket: MemoryStore;
  beforeEach(() => {
    bucket = openMemoryStore();
  });

  const commit = (tag: string) => bucket.put(manifestKey(tag), manifestBytes(goldenManifest(tag)));
  const begin = (tag: string) =>
    bucket.put(
      runKey(tag),
      recordBytes({ format: 1, tag, plan: 'default', startedAt: '', keyspaces: [], nodes: [] }),
    );
  const expire = (tag: string, key = expiredKey(tag)) =>
    bucket.put(key, recordBytes({ format: 1, tag, plan: 'default', keyspaces: [], nodes: [] }));

  it('finds nothing in an empty prefix', async () => {
    const catalog = await readCatalog(bucket, signal);

    expect(catalog).to.deep.equal({
      backups: [],
      expiring: [],
      abandoned: [],
      expired: [],
      damaged: new Map(),
      runTags: [],
      withoutManifest: [],
      unreadable: [],
      strays: [],
    });
    expect([knownTags(catalog), unfinishedTags(catalog)]).to.deep.equal([[], []]);
  });

  it('tells backups from runs that died, were fenced, expired or are expiring', async () => {
    await commit(second);
    await commit(first);
    await expire(first);
    await begin(third);
    await bucket.put(inventoryKey(third, 'pod-0'), Buffer.from('x'));
    await begin(fourth);
    await bucket.put(manifestKey(fourth), tombstoneBytes);
    await bucket.put(damagedKey(second), recordBytes({ format: 1, objects: ['a'] }));

    const catalog = await readCatalog(bucket, signal);

    expect(catalog.backups.map(({ tag }) => tag)).to.deep.equal([second]);
    expect(catalog.expiring.map(({ tag }) => tag)).to.deep.equal([first]);
    expect(catalog.abandoned.map(({ tag }) => tag)).to.deep.equal([fourth]);
    expect(catalog.withoutManifest).to.deep.equal([third]);
    expect(catalog.runTags).to.deep.equal([third, fourth]);
    expect(catalog.damaged.get(second)?.objects).to.deep.equal(['a']);
    expect(knownTags(catalog)).to.include.members([first, second, third, fourth]);
    expect(unfinishedTags(catalog)).to.deep.equal([third]);
  });

  it('sees a run of which nothing but a checkpoint is left: nobody else would ever clear it', async () => {
    await bucket.put(checkpointKey(third, 'pod-0', 1), Buffer.from('x'));

    const catalog = await readCatalog(bucket, signal);

    expect(catalog.runTags).to.deep.equal([third]);
    expect(unfinishedTags(catalog)).to.deep.equal([third]);
  });

  it('takes no name for a tag that is none, tells it, and is refused to who deletes', async () => {
    const strays = [
      '.cain/backups/20260230000000/manifest.json',
      '.cain/backups/latest/manifest.json',
      '.cain/damaged/20260101000000.json.bak',
      '.cain/expired/README.txt',
      '.cain/runs/99991231235959-notes.txt',
      '.cain/runs/notes.txt',
    ];
    for (const key of strays) await bucket.put(key, Buffer.from('x'));
    for (const folder of ['.cain/expired/', '.cain/damaged/', '.cain/runs/']) {
      await bucket.put(folder, Buffer.from(''));
    }

    const catalog = await readCatalogWithDoubts(bucket, signal);

    expect(catalog.strays).to.deep.equal(strays.map((key) => key.replace(/manifest\.json$/, '')));
    expect([knownTags(catalog), catalog.unreadable, catalog.damaged.size]).to.deep.equal([[], [], 0]);
    const { message } = await rejection(readCatalog(bucket, signal), 'CAIN_FORMAT');
    expect(message).to.contain('.cain/backups/20260230000000/');
  });

  it('takes nothing for a manifest that is larger than any', async () => {
    await bucket.put(manifestKey(first), Buffer.alloc(mostManifestBytes + 1, ' '));

    await rejection(readCatalog(bucket, signal), 'CAIN_FORMAT');
  });

  describe('never takes what it can not read for what is not there', () => {
    for (const [what, bytes] of [
      ['cut short', manifestBytes(goldenManifest(first)).subarray(0, 100)],
      ['empty', Buffer.alloc(0)],
      ['of a newer format', Buffer.from('{"format":2}')],
      ['that of another tag', manifestBytes(goldenManifest(second))],
    ] as const) {
      it(`a manifest that is ${what}`, async () => {
        await bucket.put(manifestKey(first), bytes);

        const error = await rejection(readCatalog(bucket, signal), 'CAIN_FORMAT');

        expect(error.message).to.contain(manifestKey(first));
      });
    }

    it('an expiry record that is damaged, or a copy under another name', async () => {
      await bucket.put(expiredKey(first), Buffer.from('{}'));
      await rejection(readCatalog(bucket, signal), 'CAIN_FORMAT');

      bucket.objects.clear();
      await expire(first, expiredKey(second));
      await rejection(readCatalog(bucket, signal), 'CAIN_FORMAT');
    });

    it('a damage record', async () => {
      await bucket.put(damagedKey(first), Buffer.from('{}'));

      await rejection(readCatalog(bucket, signal), 'CAIN_FORMAT');
    });

    for (const [method, keyMatches] of [
      ['head', /manifest\.json/],
      ['get', /manifest\.json/],
      ['get', /expired/],
      ['listNames', /backups/],
      ['list', /runs/],
      ['list', /expired/],
      ['list', /damaged/],
    ] as ReadonlyArray<[FaultyMethod, RegExp]>) {
      it(`what a ${method} of ${keyMatches} failed on`, async () => {
        await commit(first);
        await expire(second);
        // Of a run under way: what seems to be missing is looked at twice.
        await bucket.put('.cain/backups/20260103000000/pod-0.jsonl.gz', Buffer.from(''));
        const busy = new CainError('CAIN_STORE', 'busy', { retryable: true });
        const store = withFaults(bucket, [{ method, keyMatches, error: busy }]);

        const error = await readCatalog(store, signal).catch((caught: unknown) => caught);

        expect(error).to.equal(busy);
        store.assertAllHit();
      });
    }
  });
});

describe('readCatalogWithDoubts', () => {
  const commit = (bucket: MemoryStore, tag: string) =>
    bucket.put(manifestKey(tag), manifestBytes(goldenManifest(tag)));
  const begin = (bucket: MemoryStore, tag: string) =>
    bucket.put(
      runKey(tag),
      recordBytes({ format: 1, tag, plan: 'default', startedAt: '', keyspaces: [], nodes: [] }),
    );

  it('reads on past a manifest that is damaged, newer or refused, and neither counts on it nor takes it for none', async () => {
    const bucket = openMemoryStore();
    for (const tag of [first, second, third, fourth]) await begin(bucket, tag);
    await bucket.put(manifestKey(first), Buffer.from('{"format"'));
    await bucket.put(manifestKey(second), Buffer.from('{"format":2}'));
    await commit(bucket, third);
    await commit(bucket, fourth);
    const refused = new CainError('CAIN_STORE_ACCESS', 'AccessDenied');
    const store = withFaults(bucket, [{ method: 'get', keyMatches: new RegExp(third), error: refused }]);

    const catalog = await readCatalogWithDoubts(store, signal);

    expect(catalog.backups.map(({ tag }) => tag)).to.deep.equal([fourth]);
    expect(catalog.unreadable.map(({ key }) => key)).to.deep.equal([first, second, third].map(manifestKey));
    expect(catalog.unreadable[2]?.error).to.equal(refused);
    expect(catalog.withoutManifest).to.be.empty;
    expect(unfinishedTags(catalog), 'to be fenced off').to.be.empty;
    expect(knownTags(catalog)).to.include.members([first, second, third, fourth]);
    store.assertAllHit();
  });

  for (const failure of lastingFailures) {
    it(`reads on past records that are ${failure.title}`, async () => {
      const bucket = openMemoryStore();
      for (const tag of [first, second, third, fourth]) await commit(bucket, tag);
      await bucket.put(expiredKey(second), Buffer.from('{'));
      await bucket.put(damagedKey(third), recordBytes({ format: 1, objects: [] }));
      const keys = [manifestKey(first), damagedKey(third), expiredKey(second)];
      const faults = () => keys.map((key) => failingRead(failure, key));
      const store = withFaults(bucket, faults());

      const catalog = await readCatalogWithDoubts(store, signal);

      store.assertAllHit();
      expect(catalog.unreadable.map(({ key }) => key)).to.deep.equal(keys);
      expect(catalog.unreadable.map(({ error }) => error)).to.deep.equal(keys.map(() => failure.error));
      expect(catalog.backups.map(({ tag }) => tag)).to.deep.equal([third, fourth]);
      expect(isDamaged(catalog, third)).to.equal(true);
      const strict = readCatalog(withFaults(bucket, faults()), signal);
      expect(await strict.catch((error: unknown) => error)).to.equal(failure.error);
    });
  }

  it('takes no backup for live whose expiry record can not be read', async () => {
    const bucket = openMemoryStore();
    await commit(bucket, first);
    await bucket.put(expiredKey(first), Buffer.from('{'));

    const catalog = await readCatalogWithDoubts(bucket, signal);

    expect(catalog.backups).to.be.empty;
    expect(catalog.expiring.map(({ tag }) => tag)).to.deep.equal([first]);
    expect(catalog.unreadable.map(({ key }) => key)).to.deep.equal([expiredKey(first)]);
  });

  it('takes a backup for damaged whose damage record can not be read', async () => {
    const bucket = openMemoryStore();
    await commit(bucket, first);
    await commit(bucket, second);
    await bucket.put(damagedKey(first), Buffer.from('{'));
    await bucket.put(damagedKey(second), recordBytes({ format: 1, objects: [] }));

    const catalog = await readCatalogWithDoubts(bucket, signal);

    expect([first, second, third].map((tag) => isDamaged(catalog, tag))).to.deep.equal([true, false, false]);
  });

  it('fails when the store is in trouble: that says nothing of a record', async () => {
    const bucket = openMemoryStore();
    await commit(bucket, first);
    const troubles = [
      new CainError('CAIN_STORE', 'SlowDown', { retryable: true }),
      new CainError('CAIN_STORE', 'nobody knows what'),
      new CainError('CAIN_TIMEOUT', 'silence', { retryable: true }),
      s3Refusal('KMS.ThrottlingException', 400),
      s3Refusal('KMS.SomethingNew', 500),
    ];
    for (const error of troubles) {
      const store = withFaults(bucket, [{ method: 'get', error }]);

      expect(await readCatalogWithDoubts(store, signal).catch((caught: unknown) => caught)).to.equal(error);
      store.assertAllHit();
    }
  });
});

describe('fence', () => {
  it('puts a tombstone where nothing is, and is content with one that is there', async () => {
    const bucket = openMemoryStore();

    expect(await fence(bucket, first, signal)).to.equal(true);
    expect(await fence(bucket, first, signal)).to.equal(true);
    expect(bucket.objects.get(manifestKey(first))?.bytes.equals(tombstoneBytes)).to.equal(true);
  });

  it('leaves a backup alone', async () => {
    const bucket = openMemoryStore();
    const bytes = manifestBytes(goldenManifest(first));
    await bucket.put(manifestKey(first), bytes);

    expect(await fence(bucket, first, signal)).to.equal(false);
    expect(bucket.objects.get(manifestKey(first))?.bytes.equals(bytes)).to.equal(true);
  });

  it('fences nothing on a doubt', async () => {
    const bucket = openMemoryStore();
    const busy = new CainError('CAIN_STORE', 'busy', { retryable: true });
    const store = withFaults(bucket, [{ method: 'put', error: busy }]);
    expect(await fence(store, first, signal).catch((error: unknown) => error)).to.equal(busy);

    await bucket.put(manifestKey(first), Buffer.from('what is this'));
    await rejection(fence(bucket, first, signal), 'CAIN_FORMAT');
    store.assertAllHit();
  });
});
