import { expect } from 'chai';
import { isHurt, type Outcome } from '../../../../src/commands/verify/outcome.ts';
import { CainError } from '../../../../src/errors.ts';
import { type InventoryLine, inventoryRecord, parseInventoryLine } from '../../../../src/store/inventory.ts';
import { readJsonLines, type WrittenLines, writeJsonLines } from '../../../../src/store/json-lines.ts';
import {
  damagedKey,
  inventoryKey,
  manifestKey,
  schemaKey,
  schemaTextKey,
  topologyKey,
} from '../../../../src/store/layout.ts';
import { type Manifest, manifestBytes } from '../../../../src/store/manifest.ts';
import { parseDamagedRecord, recordBytes } from '../../../../src/store/run-record.ts';
import type { Store } from '../../../../src/store/store.ts';
import { rejection } from '../../../support/error-code.ts';
import { withFaults } from '../../../support/faulty-store.ts';
import { dayMs, type History, hourMs, objectKey, startHistory } from '../../../support/history.ts';
import { failingRead, lastingFailures, s3Refusal } from '../../../support/lasting-failures.ts';
import { recordLog } from '../../../support/recording-log.ts';
import { rot, runVerify } from '../../../support/run-verify.ts';

interface TwoBackups {
  readonly history: History;
  readonly first: string;
  readonly second: string;
  /** Of the first, reused by the second. */
  readonly shared: string;
  readonly ownOfFirst: string;
  readonly ownOfSecond: string;
}

async function twoBackups(secondPlan = 'default'): Promise<TwoBackups> {
  const history = startHistory();
  const first = await history.backup({ nodes: { 'pod-0': ['a', 'b'], 'pod-1': ['a'] } });
  history.wait(dayMs);
  const second = await history.backup({
    plan: secondPlan,
    nodes: { 'pod-0': [`a@${first}`, 'c'], 'pod-1': [`a@${first}`] },
  });
  return {
    history,
    first,
    second,
    shared: objectKey({ tag: first, file: 'a' }),
    ownOfFirst: objectKey({ tag: first, file: 'b' }),
    ownOfSecond: objectKey({ tag: second, file: 'c' }),
  };
}

const hurtTags = (outcome: Outcome) =>
  outcome.backups.filter((backup) => isHurt(backup, outcome)).map(({ manifest }) => manifest.tag);
const faults = ({ damaged }: Outcome) => damaged.map(({ key, kind, tags }) => ({ key, kind, tags }));

/** Answers the first get of a key, and then that often with the error. */
function failingAfterFirst(store: Store, key: string, failures: number, error: CainError): Store {
  let gets = 0;
  return {
    ...store,
    async get(asked, options) {
      if (asked === key && ++gets > 1 && gets <= 1 + failures) throw error;
      return await store.get(asked, options);
    },
  };
}

async function recordOf(history: History, tag: string): Promise<readonly string[] | undefined> {
  const bytes = history.store.objects.get(damagedKey(tag))?.bytes;
  return bytes && parseDamagedRecord(bytes, 'record').objects;
}

describe('verify', () => {
  describe('with nothing wrong', () => {
    it('finds nothing, writes nothing, and lists each node once and looks each object up once', async () => {
      const { history, first, second } = await twoBackups();
      const before = history.keys('');
      const headsBefore = history.store.requests.HeadObject ?? 0;

      const outcome = await runVerify(history.store);

      expect(outcome.backups.map(({ manifest }) => manifest.tag)).to.deep.equal([first, second]);
      expect([hurtTags(outcome), outcome.damaged, outcome.unclear]).to.deep.equal([[], [], []]);
      expect(outcome.tally).to.include({ objects: 4, lookedUp: 4, readBytes: 0 });
      // The schema text, two damage records, and four objects.
      expect((history.store.requests.HeadObject ?? 0) - headsBefore).to.equal(1 + 2 + 4);
      expect(history.keys('')).to.deep.equal(before);
    });

    it('reads every byte once when it is full', async () => {
      const { history } = await twoBackups();

      const { tally, damaged } = await runVerify(history.store, { isFull: true });

      expect(damaged).to.be.empty;
      expect(tally).to.include({ objects: 4, lookedUp: 0 });
      expect(tally.readBytes).to.equal(tally.bytes).and.to.be.greaterThan(0);
    });
  });

  describe('tells what is damaged and whom it hurts', () => {
    it('when an object is gone', async () => {
      const { history, first, second, shared } = await twoBackups();
      history.store.objects.delete(shared);

      const outcome = await runVerify(history.store);

      expect(faults(outcome)).to.deep.equal([{ key: shared, kind: 'missing', tags: [first, second] }]);
      expect(outcome.damaged[0]).to.deep.include({ pod: 'pod-0', tables: ['shop.orders'] });
      expect(hurtTags(outcome)).to.deep.equal([first, second]);
      expect(await recordOf(history, first)).to.deep.equal([shared]);
      expect(await recordOf(history, second)).to.deep.equal([shared]);
    });

    it('when an object was shortened', async () => {
      const { history, first, ownOfFirst } = await twoBackups();
      await history.store.put(ownOfFirst, Buffer.from('x'));

      const outcome = await runVerify(history.store);

      expect(faults(outcome)).to.deep.equal([{ key: ownOfFirst, kind: 'size', tags: [first] }]);
    });

    it('when an object was replaced by another one of its size', async () => {
      const { history, second, ownOfSecond } = await twoBackups();
      const size = history.store.objects.get(ownOfSecond)?.bytes.length ?? 0;
      await history.store.put(ownOfSecond, Buffer.alloc(size, 'x'));

      const outcome = await runVerify(history.store);

      expect(faults(outcome)).to.deep.equal([{ key: ownOfSecond, kind: 'bytes', tags: [second] }]);
    });

    it('when bytes rotted in the store, which only reading them shows', async () => {
      const { history, first, second, shared } = await twoBackups();
      rot(history.store, shared);

      const quick = await runVerify(history.store);
      const full = await runVerify(history.store, { isFull: true });

      expect(faults(quick)).to.be.empty;
      expect(faults(full)).to.deep.equal([{ key: shared, kind: 'bytes', tags: [first, second] }]);
    });

    it('in backups of another plan, too, that share it', async () => {
      const { history, first, second, shared, ownOfSecond } = await twoBackups('hourly');
      history.store.objects.delete(shared);
      history.store.objects.delete(ownOfSecond);

      const outcome = await runVerify(history.store);

      expect(faults(outcome)).to.deep.equal([{ key: shared, kind: 'missing', tags: [first, second] }]);
      expect(await recordOf(history, second), 'not verified, but hurt').to.deep.equal([shared]);
    });

    for (const [what, keyOf, change] of [
      [
        'inventory was cut',
        (tag: string) => inventoryKey(tag, 'pod-0'),
        (bytes: Buffer) => bytes.subarray(0, 30),
      ],
      ['inventory is gone', (tag: string) => inventoryKey(tag, 'pod-0'), undefined],
      ['topology was altered', topologyKey, (bytes: Buffer) => Buffer.concat([bytes, bytes])],
      ['schema is gone', schemaKey, undefined],
    ] as ReadonlyArray<[string, (tag: string) => string, ((bytes: Buffer) => Buffer) | undefined]>) {
      it(`when its ${what}`, async () => {
        const { history, first } = await twoBackups();
        const key = keyOf(first);
        const bytes = history.store.objects.get(key)?.bytes ?? Buffer.alloc(0);
        history.store.objects.delete(key);
        if (change) await history.store.put(key, change(bytes));

        const outcome = await runVerify(history.store);

        expect(outcome.damaged.map((object) => [object.key, object.tags])).to.deep.equal([[key, [first]]]);
        expect(hurtTags(outcome)).to.deep.equal([first]);
        expect(await recordOf(history, first)).to.deep.equal([key]);
      });
    }

    it('when an inventory names less than the manifest, be its own SHA-256 right', async () => {
      const { history, first } = await twoBackups();
      await replaceInventory(history, first, (lines) => lines.slice(1));

      const outcome = await runVerify(history.store);

      expect(outcome.damaged[0]?.what).to.match(/names 1 files of 22 bytes, the manifest says 2 of 44/);
    });

    it('when an inventory points elsewhere', async () => {
      const { history, first } = await twoBackups();
      const foreign = objectKey({ tag: first, pod: 'pod-1', file: 'a' });
      await replaceInventory(history, first, ([line, ...rest]) =>
        line ? [{ ...line, object: { ...line.object, key: foreign } }, ...rest] : [],
      );

      const outcome = await runVerify(history.store);

      expect(outcome.damaged[0]?.what).to.contain(`points at ${foreign}`);
    });

    it('when an inventory leaves out what an object must be', async () => {
      const { history, first } = await twoBackups();
      await replaceInventory(history, first, (lines) => lines.map((line) => ({ ...line, crc32: -1 })));

      const outcome = await runVerify(history.store, { tag: first });

      expect(outcome.damaged[0]?.what).to.contain('has no CRC-32');
    });

    it('when two inventories contradict each other', async () => {
      const { history, second } = await twoBackups();
      await replaceInventory(history, second, otherCrc);

      const outcome = await runVerify(history.store);

      expect(hurtTags(outcome)).to.deep.equal([second]);
      expect(outcome.damaged[0]?.what).to.contain('contradicts another inventory');
    });

    for (const isFull of [false, true]) {
      it(`when an inventory was altered: its own backup alone, be it the oldest${isFull ? ', in full' : ''}`, async () => {
        for (const altered of [0, 1, 2]) {
          const history = startHistory();
          const first = await history.backup({ nodes: { 'pod-0': ['a'] } });
          const tags = [first];
          for (const own of ['b', 'c']) {
            history.wait(dayMs);
            tags.push(await history.backup({ nodes: { 'pod-0': [`a@${first}`, own] } }));
          }
          const hurt = tags[altered] ?? '';
          await alterInventory(history, hurt, otherCrc);

          const outcome = await runVerify(history.store, { isFull });

          const key = inventoryKey(hurt, 'pod-0');
          expect(faults(outcome)).to.deep.equal([{ key, kind: 'record', tags: [hurt] }]);
          expect(outcome.damaged[0]?.what).to.contain('SHA-256');
          expect(hurtTags(outcome)).to.deep.equal([hurt]);
        }
      });
    }

    it('and blames no backup of whose inventory nothing counts', async () => {
      const { history, first, second, ownOfSecond } = await twoBackups();
      await alterInventory(history, first, otherCrc);
      history.store.objects.delete(ownOfSecond);
      const key = inventoryKey(second, 'pod-0');
      const busy = new CainError('CAIN_STORE', 'SlowDown', { retryable: true });

      const outcome = await runVerify(failingAfterFirst(history.store, key, 100, busy));

      expect(faults(outcome)).to.deep.include({ key: ownOfSecond, kind: 'missing', tags: [second] });
      expect(await recordOf(history, first)).to.deep.equal([inventoryKey(first, 'pod-0')]);
    });

    it('and an SSTable that was stored without a component', async () => {
      const history = startHistory();
      const tag = await history.backup({ nodes: { 'pod-0': ['nb-1-big-Data.db', 'nb-1-big-Index.db'] } });

      const outcome = await runVerify(history.store);

      expect(hurtTags(outcome)).to.deep.equal([tag]);
      expect(outcome.damaged[0]?.what).to.match(/SSTable nb-1-big of shop.orders .* without Statistics.db/);
    });

    it('and a manifest that is missing, though nobody expired its backup', async () => {
      const { history, first, second } = await twoBackups();
      history.store.objects.delete(manifestKey(second));
      const latest = await runVerify(history.store, { tag: 'latest' });
      for (const key of history.keys(`.cain/backups/${second}/`)) history.store.objects.delete(key);
      history.wait(hourMs);
      await history.backup({ nodes: { 'pod-0': ['z'] } });
      const named = await runVerify(history.store);

      expect(latest.backups.map(({ manifest }) => manifest.tag)).to.deep.equal([first]);
      for (const { unreadable } of [latest, named]) {
        expect(unreadable.map(({ tag }) => tag)).to.deep.equal([second]);
        expect(unreadable[0]?.error.message).to.contain('is missing');
      }
      await rejection(runVerify(history.store, { tag: second }), 'CAIN_STORE_MISSING');
    });

    it('and takes no run that is under way, nor an expired backup, for one', async () => {
      const { history, first } = await twoBackups();
      await history.expire(first);
      history.wait(hourMs);
      const running = await history.crash({ nodes: { 'pod-0': ['x'] } });
      await history.store.put(inventoryKey(running, 'pod-0'), Buffer.from('half'));

      expect((await runVerify(history.store)).unreadable).to.be.empty;
    });

    it('though the store fails right then, for a moment or for longer', async () => {
      for (const [failures, retries] of [
        [1, 1],
        [100, 0],
      ] as const) {
        const { history, first, ownOfFirst } = await twoBackups();
        await history.store.delete([ownOfFirst]);
        const key = inventoryKey(first, 'pod-0');
        const busy = new CainError('CAIN_STORE', 'SlowDown', { retryable: true });

        const outcome = await runVerify(failingAfterFirst(history.store, key, failures, busy), { retries });

        expect(faults(outcome)).to.deep.equal([{ key: ownOfFirst, kind: 'missing', tags: [first] }]);
        expect(outcome.unclear).to.deep.equal(failures > 1 ? [{ key, error: busy }] : []);
        expect(await recordOf(history, first)).to.deep.equal([ownOfFirst]);
      }
    });

    it('and a manifest that is rotten, beside the backups that can be read', async () => {
      const { history, first, second } = await twoBackups();
      const error = new CainError('CAIN_STORE_CHECKSUM', 'other bytes', { retryable: true });
      const keyMatches = new RegExp(manifestKey(second));
      const store = withFaults(history.store, [{ method: 'get', keyMatches, error, times: 4 }]);

      const outcome = await runVerify(store);

      store.assertAllHit();
      expect(outcome.unreadable.map(({ tag }) => tag)).to.deep.equal([second]);
      expect(outcome.backups.map(({ manifest }) => manifest.tag)).to.deep.equal([first]);
    });

    it('and a manifest that can not be read, of whatever plan', async () => {
      const { history, second } = await twoBackups();
      await history.store.put(manifestKey(second), Buffer.from('{"format'));

      const outcome = await runVerify(history.store);

      expect(outcome.unreadable.map(({ tag }) => tag)).to.deep.equal([second]);
      expect(await recordOf(history, second)).to.equal(undefined);
    });
  });

  describe('does not cry wolf', () => {
    it('over a manifest that is refused to us: nothing is known of it', async () => {
      const { history, first, second } = await twoBackups();
      const error = new CainError('CAIN_STORE_ACCESS', 'AccessDenied');
      const key = manifestKey(second);
      const store = withFaults(history.store, [
        { method: 'get', keyMatches: new RegExp(key), error, times: Number.POSITIVE_INFINITY },
      ]);

      const outcome = await runVerify(store);

      expect(outcome.unreadable).to.be.empty;
      expect(outcome.unclear).to.deep.equal([{ key, error }]);
      expect(outcome.backups.map(({ manifest }) => manifest.tag)).to.deep.equal([first]);
    });

    for (const failure of lastingFailures.filter(({ isDamage }) => !isDamage)) {
      it(`over a manifest that is ${failure.title}: it may be whole`, async () => {
        const { history, first, second } = await twoBackups();
        const key = manifestKey(second);
        // Read before the work and after it.
        const store = withFaults(history.store, [{ ...failingRead(failure, key), times: 2 }]);

        const outcome = await runVerify(store);

        store.assertAllHit();
        expect(outcome.unreadable).to.be.empty;
        expect(outcome.unclear).to.deep.equal([{ key, error: failure.error }]);
        expect(outcome.backups.map(({ manifest }) => manifest.tag)).to.deep.equal([first]);
      });
    }

    it('over an object that was copied: its bytes are right under another ETag', async () => {
      const { history, shared } = await twoBackups();
      const object = history.store.objects.get(shared);
      if (object) history.store.objects.set(shared, { ...object, etag: '"copied"' });

      const outcome = await runVerify(history.store);

      expect(outcome.damaged).to.be.empty;
      expect(outcome.tally.rewritten).to.equal(1);
    });

    it('over an object that a listing does not show yet', async () => {
      const { history, shared } = await twoBackups();
      const store: Store = {
        ...history.store,
        async *list(prefix, options) {
          for await (const object of history.store.list(prefix, options))
            if (object.key !== shared) yield object;
        },
      };

      const outcome = await runVerify(store);

      expect(outcome.damaged).to.be.empty;
    });

    it('over bytes that were wrong on their way once', async () => {
      const { history, shared } = await twoBackups();
      const error = new CainError('CAIN_STORE_CHECKSUM', 'other bytes', { retryable: true });
      const store = withFaults(history.store, [{ method: 'get', keyMatches: new RegExp(shared), error }]);

      const outcome = await runVerify(store, { isFull: true });

      expect(outcome.damaged).to.be.empty;
      store.assertAllHit();
    });

    it('over an inventory that was altered on its way once', async () => {
      const { history, first } = await twoBackups();
      const key = inventoryKey(first, 'pod-0');
      const good = history.store.objects.get(key);
      await alterInventory(history, first, otherCrc);
      const store: Store = {
        ...history.store,
        async get(asked, options) {
          const object = await history.store.get(asked, options);
          if (asked === key && good) history.store.objects.set(key, good);
          return object;
        },
      };

      const outcome = await runVerify(store, { isFull: true });

      expect(outcome.damaged).to.be.empty;
    });

    it('over objects that a prune took while it looked', async () => {
      const { history, first, second, ownOfFirst } = await twoBackups();
      let isPruned = false;
      const store: Store = {
        ...history.store,
        async *list(prefix, options) {
          if (!isPruned && prefix.startsWith('shop/')) {
            isPruned = true;
            await history.expire(first);
            history.store.objects.delete(ownOfFirst);
          }
          yield* history.store.list(prefix, options);
        },
      };

      const outcome = await runVerify(store);

      expect(isPruned).to.equal(true);
      expect(outcome.damaged).to.be.empty;
      expect(outcome.backups.map(({ manifest }) => manifest.tag)).to.deep.equal([second]);
      expect(await recordOf(history, first)).to.equal(undefined);
    });

    it('over a schema text, which only the original needs', async () => {
      const { history } = await twoBackups();
      history.store.objects.delete(schemaTextKey('shop', 'aaaaaa'));
      const log = recordLog();

      const outcome = await runVerify(history.store, { log });

      expect(outcome.damaged).to.be.empty;
      expect(log.messages('warn')[0]).to.contain('schema text is missing');
    });

    it('over a store in trouble: what could not be asked is not known', async () => {
      const { history, shared } = await twoBackups();
      const busy = new CainError('CAIN_STORE', 'SlowDown', { retryable: true });
      const store = withFaults(history.store, [
        { method: 'head', keyMatches: new RegExp(shared), error: busy },
      ]);

      const outcome = await runVerify(store);

      expect(outcome.damaged).to.be.empty;
      expect(outcome.unclear).to.deep.equal([{ key: shared, error: busy }]);
      store.assertAllHit();
    });

    it('and gives up when a store fails again and again', async () => {
      const history = startHistory();
      const files = Array.from({ length: 30 }, (_, index) => `f${index}`);
      await history.backup({ nodes: { 'pod-0': files } });
      const busy = new CainError('CAIN_STORE', 'SlowDown', { retryable: true });
      const store = withFaults(history.store, [
        { method: 'head', keyMatches: /^shop\/.*\/f/, error: busy, times: 30 },
      ]);

      expect(await runVerify(store).catch((error: unknown) => error)).to.equal(busy);
    });
  });

  describe('with earlier findings', () => {
    it('reads what was found damaged, be it quick, and clears the record when it is whole again', async () => {
      const { history, first, second, shared } = await twoBackups();
      const good = history.store.objects.get(shared);
      rot(history.store, shared);
      await runVerify(history.store, { isFull: true });

      const still = await runVerify(history.store);
      expect(hurtTags(still), 'quick, but it knows').to.deep.equal([first, second]);
      if (good) history.store.objects.set(shared, good);
      const log = recordLog();
      const mended = await runVerify(history.store, { log });

      expect(hurtTags(mended)).to.be.empty;
      expect([...mended.recorded.values()].map(({ isMended }) => isMended)).to.deep.equal([true, true]);
      expect(await recordOf(history, first)).to.deep.equal([]);
      expect(log.messages('info').filter((message) => message.includes('whole again'))).to.have.length(2);
    });

    it('keeps a finding that it could not look at', async () => {
      const { history, first, shared } = await twoBackups();
      await history.store.put(damagedKey(first), recordBytes({ format: 1, objects: [shared] }));
      const busy = new CainError('CAIN_STORE', 'SlowDown', { retryable: true });
      const store = withFaults(history.store, [
        { method: 'get', keyMatches: new RegExp(shared), error: busy },
      ]);

      const outcome = await runVerify(store);

      expect(await recordOf(history, first)).to.deep.equal([shared]);
      expect(hurtTags(outcome)).to.deep.equal([first]);
      store.assertAllHit();
    });

    it('keeps a finding whose inventory can not be read', async () => {
      const { history, first, shared } = await twoBackups();
      await history.store.put(damagedKey(first), recordBytes({ format: 1, objects: [shared] }));
      history.store.objects.delete(inventoryKey(first, 'pod-0'));

      await runVerify(history.store, { tag: first });

      expect(await recordOf(history, first)).to.deep.equal([inventoryKey(first, 'pod-0'), shared]);
    });

    it('writes down what it found of the others where one record can not be replaced', async () => {
      const { history, first, second, ownOfSecond } = await twoBackups();
      await history.store.put(damagedKey(first), recordBytes({ format: 1, objects: ['x'] }));
      history.store.objects.delete(ownOfSecond);
      const locked = s3Refusal('KMS.DisabledException', 400);
      const keyMatches = new RegExp(damagedKey(first));
      const store = withFaults(history.store, [{ method: 'get', keyMatches, error: locked, times: 3 }]);

      expect(await runVerify(store).catch((error: unknown) => error)).to.equal(locked);

      store.assertAllHit();
      expect(await recordOf(history, second)).to.deep.equal([ownOfSecond]);
    });

    it('keeps the findings of a backup that it was not asked to verify', async () => {
      const { history, first, second, shared } = await twoBackups();
      const own = objectKey({ tag: second, file: 'c' });
      await history.store.put(damagedKey(second), recordBytes({ format: 1, objects: [own] }));
      history.store.objects.delete(shared);

      await runVerify(history.store, { tag: first });

      expect(await recordOf(history, second)).to.deep.equal([shared, own].toSorted());
    });

    it('takes back a record that names only a part when everything was read, not before', async () => {
      const { history, first } = await twoBackups();
      await history.store.put(damagedKey(first), recordBytes({ format: 1, objects: [], isPartial: true }));

      const quick = await runVerify(history.store);
      const part = await runVerify(history.store, { isFull: true, slice: { part: 1, of: 2 } });
      const full = await runVerify(history.store, { isFull: true });

      expect([quick, part, full].map(hurtTags)).to.deep.equal([[first], [first], []]);
    });
  });

  describe('asked for', () => {
    it('a tag takes that backup, latest the newest, nothing all of the plan', async () => {
      const { history, first, second } = await twoBackups();
      history.wait(hourMs);
      const other = await history.backup({ plan: 'hourly', nodes: { 'pod-0': ['d'] } });
      const asked = async (tag?: string) =>
        (await runVerify(history.store, tag ? { tag } : {})).backups.map(({ manifest }) => manifest.tag);

      expect(await asked(first)).to.deep.equal([first]);
      expect(await asked(other)).to.deep.equal([other]);
      expect(await asked('latest')).to.deep.equal([second]);
      expect(await asked()).to.deep.equal([first, second]);
    });

    it('what is not there is refused', async () => {
      const { history } = await twoBackups();

      await rejection(runVerify(history.store, { tag: '20240101000000' }), 'CAIN_NO_BACKUP');
      await rejection(runVerify(history.store, { plan: 'weekly' }), 'CAIN_NO_BACKUP');
    });

    it('parts are together everything', async () => {
      const history = startHistory();
      const files = Array.from({ length: 40 }, (_, index) => `f${index}`);
      const tag = await history.backup({ nodes: { 'pod-0': files } });
      for (const file of files) rot(history.store, objectKey({ tag, file }));

      const found: string[] = [];
      for (const part of [1, 2, 3]) {
        const { damaged, tally } = await runVerify(history.store, { isFull: true, slice: { part, of: 3 } });
        expect(tally.objects).to.equal(40);
        found.push(...damaged.map(({ key }) => key));
        history.store.objects.delete(damagedKey(tag));
      }

      expect(found.toSorted()).to.deep.equal(files.map((file) => objectKey({ tag, file })).toSorted());
    });
  });
});

type Change = (lines: readonly InventoryLine[]) => readonly InventoryLine[];

const otherCrc: Change = ([line, ...rest]) => (line ? [{ ...line, crc32: line.crc32 + 1 }, ...rest] : []);

/** With an inventory that says something else than the one whose SHA-256 the manifest names. */
async function alterInventory(history: History, tag: string, change: Change): Promise<WrittenLines> {
  const lines: InventoryLine[] = [];
  const key = inventoryKey(tag, 'pod-0');
  for await (const value of readJsonLines(history.store, key)) lines.push(parseInventoryLine(value, key));
  history.store.objects.delete(key);
  const changed = change(lines).map(inventoryRecord);
  return await writeJsonLines(history.store, key, changed, { ifNoneMatch: '*' });
}

/** The same, with the manifest naming it. */
async function replaceInventory(history: History, tag: string, change: Change): Promise<void> {
  const manifest = history.manifests.get(tag) as Manifest;
  const { key, sha256, sizeBytes } = await alterInventory(history, tag, change);
  const nodes = manifest.nodes.map((node) =>
    node.pod === 'pod-0' ? { ...node, inventory: { key, sha256, sizeBytes } } : node,
  );
  await history.store.put(manifestKey(tag), manifestBytes({ ...manifest, nodes }));
}
