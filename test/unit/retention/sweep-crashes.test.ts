import { expect } from 'chai';
import { parseInventoryLine } from '../../../src/store/inventory.ts';
import { readJsonLines } from '../../../src/store/json-lines.ts';
import { damagedKey, expiredKey, manifestKey, parseDataKey, runKey } from '../../../src/store/layout.ts';
import type { Manifest } from '../../../src/store/manifest.ts';
import { recordBytes } from '../../../src/store/run-record.ts';
import { type Death, dyingStore } from '../../support/dying-store.ts';
import { rejection } from '../../support/error-code.ts';
import { dayMs, type History, hourMs, markKey, objectKey, startHistory } from '../../support/history.ts';
import { type MemoryObject, type MemoryStore, openMemoryStore } from '../../support/memory-store.ts';
import { runSweep } from '../../support/run-sweep.ts';

interface FullBucket {
  readonly history: History;
  readonly foreign: string;
  readonly live: readonly Manifest[];
  /** Full backups: what live ones reuse of the first, nothing of the second. */
  readonly tags: Readonly<Record<'oldSchema' | 'full' | 'crashed' | 'other' | 'cut' | 'graced', string>>;
}

/** Everything that a sweep can meet, in one bucket. */
async function fullBucket(): Promise<FullBucket> {
  const history = startHistory();
  const foreign = objectKey({ tag: '20200101000000', file: 'a', sum: 'eeeeee' });
  await history.store.put(foreign, Buffer.from('foreign'));
  const oldSchema = await history.backup({ sum: 'bbbbbb', nodes: { 'pod-1': ['a'] } });
  history.wait(hourMs);
  const full = await history.backup({
    nodes: { 'pod-1': ['a', 'b', 'c'], 'pod-10': ['a', 'b'] },
    absent: ['pod-10'],
  });
  history.wait(hourMs);
  const crashed = await history.crash({ sum: 'dddddd', nodes: { 'pod-1': ['k', 'l'] } });
  history.wait(hourMs);
  const other = await history.backup({
    plan: 'other',
    nodes: { 'pod-1': [`a@${full}`, `k@${crashed}`, 'd'] },
  });
  history.wait(hourMs);
  const cut = await history.backup({ nodes: { 'pod-1': ['e'] } });
  const cutManifest = history.store.objects.get(manifestKey(cut));
  history.wait(hourMs);
  const left = await history.backup({ nodes: { 'pod-1': ['f'] }, leavesRunRecord: true });
  await history.store.put(
    damagedKey(oldSchema),
    recordBytes({
      format: 1,
      objects: [objectKey({ tag: oldSchema, pod: 'pod-1', file: 'a', sum: 'bbbbbb' })],
    }),
  );
  for (const tag of [oldSchema, full, cut]) await history.expire(tag);
  if (cutManifest) history.store.objects.set(manifestKey(cut), cutManifest);
  history.wait(2 * dayMs);
  const graced = await history.backup({ nodes: { 'pod-1': [`b@${full}`] } });
  history.wait(hourMs);
  const newest = await history.backup({ nodes: { 'pod-1': ['g'] } });
  await history.expire(graced);
  history.wait(hourMs);
  const live = [other, left, newest].flatMap((tag) => history.manifests.get(tag) ?? []);
  return { history, foreign, live, tags: { oldSchema, full, crashed, other, cut, graced } };
}

function copyOf(objects: ReadonlyMap<string, MemoryObject>, now: () => Date): MemoryStore {
  const store = openMemoryStore({ now });
  for (const [key, object] of objects) store.objects.set(key, object);
  return store;
}

async function expectWhole(store: MemoryStore, live: readonly Manifest[]): Promise<void> {
  for (const { tag, nodes } of live) {
    expect(store.objects.has(manifestKey(tag)), `manifest of ${tag}`).to.equal(true);
    for (const { inventory } of nodes) {
      for await (const value of readJsonLines(store, inventory.key, { sha256: inventory.sha256 })) {
        const { key } = parseInventoryLine(value, inventory.key).object;
        expect(store.objects.has(key), `${key} of ${tag}`).to.equal(true);
      }
    }
  }
}

/** The original must not restore a part of an expired full backup. */
function expectMarked(before: ReadonlySet<string>, store: MemoryStore): void {
  for (const key of before) {
    const parts = parseDataKey(key);
    if (!parts || store.objects.has(key)) continue;
    const isAnyLeft = [...store.objects.keys()].some(
      (other) => parseDataKey(other)?.tag === parts.tag && parseDataKey(other)?.sum === parts.sum,
    );
    if (isAnyLeft)
      expect(store.objects.has(markKey(parts.tag, parts.sum)), `mark of ${parts.tag}`).to.equal(true);
  }
}

/** Sweeps until the grace of everything is over. */
async function sweepOut(store: MemoryStore, start: Date): Promise<readonly string[]> {
  for (const days of [0, 2, 4])
    await runSweep({ store, now: () => new Date(start.getTime() + days * dayMs) });
  return [...store.objects.keys()].toSorted();
}

describe('a sweep that is cut short', function () {
  this.timeout(120_000);

  it('loses nothing that is live and nothing from sight, wherever it is cut', async () => {
    const { history, live } = await fullBucket();
    const { objects } = history.store;
    const before = new Set(objects.keys());
    const uncut = dyingStore(copyOf(objects, history.now));
    await runSweep({ store: history.store, now: history.now }, { store: uncut });
    const finalKeys = await sweepOut(copyOf(objects, history.now), history.now());

    for (const [index, name] of uncut.calls.entries()) {
      const deaths: readonly Death[] =
        name === 'delete'
          ? ['before', 'half-way', 'after']
          : name === 'put'
            ? ['before', 'after']
            : ['before'];
      for (const death of deaths) {
        const where = `${death} call ${index + 1} (${name})`;
        const store = copyOf(objects, history.now);

        const error = await rejection(
          runSweep({ store, now: history.now }, { store: dyingStore(store, index + 1, death) }),
          'CAIN_PRUNE_STOPPED',
        );

        expect(error.retryable, where).to.equal(true);
        await expectWhole(store, live);
        expectMarked(before, store);
        expect(await sweepOut(store, history.now()), where).to.deep.equal(finalKeys);
      }
    }
  });

  it('ends with live backups, foreign objects and the records that are still needed, and nothing else', async () => {
    const { history, foreign, live, tags } = await fullBucket();
    const liveTags = live.map(({ tag }) => tag);
    const data = history.keys().filter((key) => liveTags.includes(parseDataKey(key)?.tag ?? ''));
    // As long as an object of an expired backup is reused, its records stay too.
    const records = [...liveTags, tags.full].flatMap((tag) => history.keys(`.cain/backups/${tag}/`));

    const left = await sweepOut(history.store, history.now());

    const wanted = [
      foreign,
      'shop/aaaaaa/schema.cql',
      'shop/dddddd/schema.cql',
      objectKey({ tag: tags.full, pod: 'pod-1', file: 'a' }),
      markKey(tags.full),
      objectKey({ tag: tags.crashed, pod: 'pod-1', file: 'k', sum: 'dddddd' }),
      markKey(tags.crashed, 'dddddd'),
      runKey(tags.crashed),
      manifestKey(tags.crashed),
      markKey(tags.other),
      ...[tags.oldSchema, tags.full, tags.cut, tags.graced].map(expiredKey),
      ...data,
      ...records,
    ];
    expect(left).to.deep.equal(wanted.toSorted());
  });
});
