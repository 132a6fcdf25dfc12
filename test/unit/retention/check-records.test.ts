import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { inventoryRecord } from '../../../src/store/inventory.ts';
import { writeJsonLines } from '../../../src/store/json-lines.ts';
import { expiredKey, inventoryKey, manifestKey, runKey, topologyKey } from '../../../src/store/layout.ts';
import { manifestBytes } from '../../../src/store/manifest.ts';
import { rejection } from '../../support/error-code.ts';
import { type StoreFault, withFaults } from '../../support/faulty-store.ts';
import { dayMs, type History, hourMs, objectKey, startHistory } from '../../support/history.ts';
import { failingRead, lastingFailures } from '../../support/lasting-failures.ts';
import { runSweep } from '../../support/run-sweep.ts';

/** Two nodes; `pod-0` is swept first, and what is wrong lies with `pod-1`. */
async function withGarbage(): Promise<{
  history: History;
  old: string;
  graced: string;
  live: string;
  crashed: string;
}> {
  const history = startHistory();
  const old = await history.backup({ nodes: { 'pod-0': ['a'], 'pod-1': ['a'] } });
  history.wait(hourMs);
  const graced = await history.backup({ nodes: { 'pod-0': ['b'], 'pod-1': ['b'] } });
  history.wait(hourMs);
  await history.expire(old);
  history.wait(2 * dayMs);
  const live = await history.backup({ nodes: { 'pod-0': ['c'], 'pod-1': ['c'] } });
  await history.expire(graced);
  history.wait(hourMs);
  const crashed = await history.crash({ nodes: { 'pod-0': ['d'] } });
  return { history, old, graced, live, crashed };
}

function damage(history: History, key: string, change: (bytes: Buffer) => Buffer): void {
  const object = history.store.objects.get(key);
  if (!object) throw new Error(`There is no ${key}`);
  history.store.objects.set(key, { ...object, bytes: change(object.bytes) });
}

const flip = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  copy[copy.length - 12] = (copy[copy.length - 12] ?? 0) ^ 1;
  return copy;
};
const newer = (bytes: Buffer): Buffer => Buffer.from(bytes.toString().replace('"format": 1', '"format": 2'));

/** Fencing is all that may have happened. */
async function expectStop(
  history: History,
  causeCode: string,
  faults: readonly StoreFault[] = [],
): Promise<CainError> {
  const before = history.keys('');
  const store = withFaults(history.store, faults);

  const error = await rejection(runSweep(history, { store }), 'CAIN_PRUNE_STOPPED');

  store.assertAllHit();
  const gone = before.filter((key) => !history.has(key));
  expect(gone).to.be.empty;
  expect(error.cause).to.be.instanceOf(CainError).with.property('code', causeCode);
  expect(error.hint).to.not.equal(undefined);
  return error;
}

type Tags = Awaited<ReturnType<typeof withGarbage>>;

const records: ReadonlyArray<readonly [string, (tags: Tags) => string]> = [
  ['the manifest of a live backup', ({ live }) => manifestKey(live)],
  ['the inventory of a live backup', ({ live }) => inventoryKey(live, 'pod-1')],
  ['the inventory of a backup that expired within the grace', ({ graced }) => inventoryKey(graced, 'pod-1')],
  ['the topology of a live backup', ({ live }) => topologyKey(live)],
  ['the record of a run', ({ crashed }) => runKey(crashed)],
  ['an expiry record', ({ old }) => expiredKey(old)],
];

describe('a sweep that meets a record it can not trust', () => {
  for (const [title, keyOf] of records) {
    it(`deletes nothing when ${title} is cut`, async () => {
      const bucket = await withGarbage();
      damage(bucket.history, keyOf(bucket), (bytes) => bytes.subarray(0, bytes.length - 5));

      await expectStop(bucket.history, 'CAIN_FORMAT');
    });
  }

  for (const [title, keyOf] of records.filter(([name]) => !/inventory|topology/.test(name))) {
    it(`deletes nothing when ${title} is of a newer format`, async () => {
      const bucket = await withGarbage();
      damage(bucket.history, keyOf(bucket), newer);

      await expectStop(bucket.history, 'CAIN_FORMAT');
    });
  }

  for (const [title, keyOf] of records.filter(([name]) => /inventory|topology/.test(name))) {
    it(`deletes nothing when ${title} has another SHA-256`, async () => {
      const bucket = await withGarbage();
      damage(bucket.history, keyOf(bucket), flip);

      await expectStop(bucket.history, 'CAIN_FORMAT');
    });

    it(`deletes nothing when ${title} is missing`, async () => {
      const bucket = await withGarbage();
      bucket.history.store.objects.delete(keyOf(bucket));

      await expectStop(bucket.history, 'CAIN_STORE_MISSING');
    });
  }

  for (const failure of lastingFailures) {
    for (const [title, keyOf] of records) {
      it(`deletes nothing when ${title} is ${failure.title}`, async () => {
        const bucket = await withGarbage();

        await expectStop(bucket.history, failure.error.code, [failingRead(failure, keyOf(bucket))]);
      });
    }
  }

  it('goes on when bytes were wrong on their way once, and shows the way out when they stay so', async () => {
    const error = new CainError('CAIN_STORE_CHECKSUM', 'other bytes', { retryable: true });
    for (const [, keyOf] of records) {
      const bucket = await withGarbage();
      const keyMatches = new RegExp(keyOf(bucket));
      const store = withFaults(bucket.history.store, [{ method: 'get', keyMatches, error }]);

      await runSweep(bucket.history, { store });

      store.assertAllHit();
      expect(bucket.history.has(objectKey({ tag: bucket.old, file: 'a' }))).to.equal(false);
    }
    const { history, live } = await withGarbage();
    const keyMatches = new RegExp(inventoryKey(live, 'pod-1'));
    const { hint } = await expectStop(history, error.code, [{ method: 'get', keyMatches, error, times: 2 }]);
    expect(hint).to.contain(`give backup ${live} up`);
  });

  it('deletes nothing when an inventory is a sound one, but not the one that the manifest names', async () => {
    const { history, graced, live } = await withGarbage();
    const other = history.store.objects.get(inventoryKey(graced, 'pod-1'));
    if (!other) throw new Error('no inventory');
    damage(history, inventoryKey(live, 'pod-1'), () => other.bytes);

    const error = await expectStop(history, 'CAIN_FORMAT');

    expect(error.message).to.contain('SHA-256');
  });

  it('needs no inventory of a backup whose grace is over', async () => {
    const { history, old } = await withGarbage();
    history.store.objects.delete(inventoryKey(old, 'pod-1'));

    await runSweep(history);

    expect(history.has(objectKey({ tag: old, pod: 'pod-1', file: 'a' }))).to.equal(false);
  });

  it('deletes nothing when an inventory names more files than its manifest says', async () => {
    const { history, live } = await withGarbage();
    const manifest = history.manifests.get(live);
    if (!manifest) throw new Error('no manifest');
    const nodes = manifest.nodes.map((node) => (node.pod === 'pod-0' ? { ...node, files: 0 } : node));
    await history.store.put(manifestKey(live), manifestBytes({ ...manifest, nodes }));

    const { message } = await expectStop(history, 'CAIN_FORMAT');

    expect(message).to.contain(inventoryKey(live, 'pod-0'));
  });

  it('deletes nothing when a line points at an object of another pod', async () => {
    const { history, old, live } = await withGarbage();
    const stray = objectKey({ tag: old, pod: 'pod-0', file: 'a' });
    const manifest = history.manifests.get(live);
    if (!manifest) throw new Error('no manifest');
    history.store.objects.delete(inventoryKey(live, 'pod-1'));
    const { key, sha256, sizeBytes } = await writeJsonLines(
      history.store,
      inventoryKey(live, 'pod-1'),
      [
        inventoryRecord({
          keyspace: 'shop',
          table: 'orders',
          tableId: '1b255f4def2540a60000000000000001',
          dataDirectory: '/d',
          file: 'a',
          sizeBytes: 1,
          mtime: '1.000000000',
          inode: '1',
          crc32: 1,
          object: { key: stray, etag: '"e"' },
        }),
      ],
      { ifNoneMatch: '*' },
    );
    const nodes = manifest.nodes.map((node) =>
      node.pod === 'pod-1' ? { ...node, inventory: { key, sha256, sizeBytes } } : node,
    );
    damage(history, manifestKey(live), () => Buffer.from(manifestBytes({ ...manifest, nodes })));
    const before = history.keys('');

    const error = await rejection(runSweep(history), 'CAIN_PRUNE_STOPPED');

    expect(error.message).to.contain(stray).and.to.contain('pod-1');
    expect(before.filter((each) => !history.has(each))).to.be.empty;
  });

  it('deletes nothing when a topology says that it is of a newer format', async () => {
    const { history, live } = await withGarbage();
    const manifest = history.manifests.get(live);
    if (!manifest) throw new Error('no manifest');
    const bytes = gzipSync('{"format":2}');
    damage(history, topologyKey(live), () => bytes);
    const topology = { ...manifest.topology, sha256: createHash('sha256').update(bytes).digest('hex') };
    damage(history, manifestKey(live), () => Buffer.from(manifestBytes({ ...manifest, topology })));

    await expectStop(history, 'CAIN_FORMAT');
  });

  it('deletes nothing when the store refuses or is too busy, whatever it was asked', async () => {
    const refusals = [
      new CainError('CAIN_STORE_ACCESS', 'AccessDenied (403)'),
      new CainError('CAIN_STORE', 'SlowDown (503)', { retryable: true }),
    ];
    for (const error of refusals) {
      for (const method of ['get', 'head', 'list', 'listNames', 'delete'] as const) {
        const { history } = await withGarbage();

        const stop = await expectStop(history, error.code, [{ method, error }]);

        expect(stop.retryable).to.equal(error.retryable);
      }
    }
  });

  it('deletes nothing when the listing of candidates is cut off in the middle', async () => {
    const { history, old } = await withGarbage();
    const error = new CainError('CAIN_STORE', 'cut', { retryable: true });

    await expectStop(history, 'CAIN_STORE', [
      { method: 'list', keyMatches: new RegExp(`${old}/pod-0/$`), error },
    ]);
  });
});
