import { expect } from 'chai';
import { nextRecord, recordVerdict, type Verdict } from '../../../../src/commands/verify/damage-book.ts';
import { CainError } from '../../../../src/errors.ts';
import { damagedKey } from '../../../../src/store/layout.ts';
import { parseDamagedRecord, recordBytes } from '../../../../src/store/run-record.ts';
import type { Store } from '../../../../src/store/store.ts';
import { withFaults } from '../../../support/faulty-store.ts';
import { failingRead, lastingFailures } from '../../../support/lasting-failures.ts';
import { openMemoryStore } from '../../../support/memory-store.ts';

const { signal } = new AbortController();
const tag = '20260101000000';

function verdict(damaged: readonly string[], mended: readonly string[] = []): Verdict {
  return {
    tag,
    damaged: new Set(damaged),
    isMended: (key) => mended.includes(key),
    isPartial: false,
    isEverythingRead: false,
  };
}

describe('nextRecord', () => {
  it('needs none where nothing is damaged and nothing was', () => {
    expect(nextRecord(undefined, verdict([]))).to.equal(undefined);
  });

  it('adds what is found, keeps what was not disproved, and takes back what was', () => {
    const known = { format: 1, objects: ['a', 'b'] } as const;

    expect(nextRecord(known, verdict(['c'], ['a']))?.objects).to.deep.equal(['b', 'c']);
    expect(nextRecord(known, verdict(['a'], ['a', 'b']))?.objects).to.deep.equal(['a']);
    expect(nextRecord(known, verdict([], ['a', 'b']))).to.deep.equal({ format: 1, objects: [] });
  });

  it('is partial when more was found than it names, until everything was read', () => {
    const known = { format: 1, objects: [], isPartial: true } as const;

    expect(nextRecord(undefined, { ...verdict(['a']), isPartial: true })?.isPartial).to.equal(true);
    expect(nextRecord(known, verdict([]))?.isPartial).to.equal(true);
    expect(nextRecord(known, { ...verdict([]), isEverythingRead: true })?.isPartial).to.equal(undefined);
  });
});

describe('recordVerdict', () => {
  async function stored(store: Store): Promise<readonly string[]> {
    const { body } = await store.get(damagedKey(tag));
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return parseDamagedRecord(Buffer.concat(chunks), 'record').objects;
  }

  it('writes nothing that is there already', async () => {
    const store = openMemoryStore();
    await recordVerdict(store, verdict(['a']), signal);
    const puts = store.requests.PutObject;

    const recorded = await recordVerdict(store, verdict(['a']), signal);

    expect(recorded).to.deep.equal({ isDamaged: true, isMended: false });
    expect(store.requests.PutObject).to.equal(puts);
  });

  for (const [what, before] of [
    ['new', undefined],
    ['there', recordBytes({ format: 1, objects: [] })],
  ] as const) {
    it(`loses nothing that another verification finds at the same time, the record being ${what}`, async () => {
      const bucket = openMemoryStore();
      if (before) await bucket.put(damagedKey(tag), before);
      let races = 1;
      const store: Store = {
        ...bucket,
        async put(key, body, options) {
          if (races-- > 0) await recordVerdict(bucket, verdict(['theirs']), signal);
          return await bucket.put(key, body, options);
        },
      };

      const recorded = await recordVerdict(store, verdict(['ours']), signal);

      expect(races).to.be.lessThan(0);
      expect(recorded.isDamaged).to.equal(true);
      expect(await stored(bucket)).to.deep.equal(['ours', 'theirs']);
    });
  }

  it('takes a record that can not be read for one that may name anything', async () => {
    const store = openMemoryStore();
    await store.put(damagedKey(tag), Buffer.from('{'));

    const recorded = await recordVerdict(store, verdict([]), signal);

    expect(recorded).to.deep.equal({ isDamaged: true, isMended: false });
    expect(
      parseDamagedRecord(store.objects.get(damagedKey(tag))?.bytes ?? Buffer.alloc(0), 'x').isPartial,
    ).to.equal(true);
  });

  it('takes a rotten record for one that may name anything, and leaves one alone that is refused to it', async () => {
    for (const failure of lastingFailures) {
      const bucket = openMemoryStore();
      const before = recordBytes({ format: 1, objects: ['a'] });
      await bucket.put(damagedKey(tag), before);
      const store = withFaults(bucket, [failingRead(failure, damagedKey(tag))]);

      const recorded = await recordVerdict(store, verdict(['b']), signal).catch((error: unknown) => error);

      store.assertAllHit();
      const now = bucket.objects.get(damagedKey(tag))?.bytes ?? Buffer.alloc(0);
      if (failure.isDamage) {
        expect(recorded).to.deep.equal({ isDamaged: true, isMended: false });
        expect(parseDamagedRecord(now, 'x')).to.deep.include({ objects: ['b'], isPartial: true });
      } else {
        expect(recorded).to.equal(failure.error);
        expect(now.equals(before)).to.equal(true);
      }
    }
  });

  it('fails when the store does', async () => {
    const error = new CainError('CAIN_STORE_ACCESS', 'AccessDenied');
    const store = withFaults(openMemoryStore(), [{ method: 'put', error }]);

    expect(await recordVerdict(store, verdict(['a']), signal).catch((caught: unknown) => caught)).to.equal(
      error,
    );
    store.assertAllHit();
  });
});
