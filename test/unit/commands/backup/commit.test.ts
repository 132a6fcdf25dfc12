import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type CommitOptions, commitManifest } from '../../../../src/commands/backup/commit.ts';
import { CainError } from '../../../../src/errors.ts';
import { fence } from '../../../../src/store/catalog.ts';
import { manifestKey } from '../../../../src/store/layout.ts';
import { type Manifest, manifestBytes, parseManifest } from '../../../../src/store/manifest.ts';
import { rejection } from '../../../support/error-code.ts';
import { type StoreFault, withFaults } from '../../../support/faulty-store.ts';
import { type MemoryStore, openMemoryStore } from '../../../support/memory-store.ts';
import { type RecordingLog, recordLog } from '../../../support/recording-log.ts';

const fixture = readFileSync(new URL('../../../fixtures/manifest-1.json', import.meta.url));
const manifest = parseManifest(fixture, 'fixture') as Manifest;
const key = manifestKey(manifest.tag);
const hourMs = 3600_000;
const startedAt = new Date('2026-01-01T00:00:00Z');
const busy = new CainError('CAIN_STORE', 'Injected: 503', { retryable: true });
const denied = new CainError('CAIN_STORE_ACCESS', 'Injected: 403');

describe('commitManifest', () => {
  let bucket: MemoryStore;
  let log: RecordingLog;

  beforeEach(() => {
    bucket = openMemoryStore();
    log = recordLog();
  });

  async function commit(faults: readonly StoreFault[] = [], changes: Partial<CommitOptions> = {}) {
    const store = withFaults(bucket, faults);
    const now = new Date(startedAt.getTime() + hourMs);
    const options = { startedAt, now, pruneGraceMs: 24 * hourMs, log, pauseMs: 1, ...changes };
    try {
      await commitManifest(store, manifest, options);
    } finally {
      store.assertAllHit();
    }
  }
  function expectCommitted(): void {
    expect(bucket.objects.get(key)?.bytes.equals(manifestBytes(manifest))).to.equal(true);
    expect(bucket.requests.DeleteObjects, 'deletes').to.equal(undefined);
  }

  it('puts the manifest, once', async () => {
    await commit();

    expectCommitted();
    expect(bucket.requests.PutObject).to.equal(1);
    expect(log.lines).to.deep.equal([]);
  });

  it('is committed when the answer was lost', async () => {
    await commit([{ method: 'put', error: 'lose-answer' }]);

    expectCommitted();
    expect(bucket.requests.PutObject).to.equal(1);
  });

  it('is committed when it meets its own bytes', async () => {
    await bucket.put(key, manifestBytes(manifest));

    await commit();

    expectCommitted();
  });

  it('is committed when the answer was lost and reading it back failed at first', async () => {
    await commit([
      { method: 'put', error: 'lose-answer' },
      { method: 'head', error: busy, times: 2 },
      { method: 'get', error: busy },
      { method: 'get', error: 'truncate' },
    ]);

    expectCommitted();
  });

  it('is sent again when it was not stored and trying again may help', async () => {
    await commit([{ method: 'put', error: busy, times: 2 }]);

    expectCommitted();
    expect(log.messages('warn')).to.have.length(2);
  });

  it('is not sent for ever', async () => {
    await rejection(commit([{ method: 'put', error: busy, times: 3 }]), 'CAIN_STORE');

    expect(bucket.objects.has(key)).to.equal(false);
  });

  it('is sent once where trying again can not help', async () => {
    await rejection(commit([{ method: 'put', error: denied }]), 'CAIN_STORE_ACCESS');

    expect(bucket.objects.has(key)).to.equal(false);
  });

  it('is unclear when neither answer nor object can be read, and says that nothing was deleted', async () => {
    const error = await rejection(
      commit([
        { method: 'put', error: 'lose-answer' },
        { method: 'head', error: busy, times: 5 },
      ]),
      'CAIN_COMMIT_UNCLEAR',
    );

    expect(error.cause).to.equal(busy);
    expectCommitted();
  });

  it('fails on a tombstone, whether it meets it at once or when it reads back', async () => {
    await fence(bucket, manifest.tag, new AbortController().signal);

    await rejection(commit(), 'CAIN_ABANDONED');
    await rejection(commit([{ method: 'put', error: busy }]), 'CAIN_ABANDONED');
  });

  it('fails on another manifest of that tag, and on what is none, and leaves both alone', async () => {
    const other = manifestBytes({ ...manifest, plan: 'other' });
    await bucket.put(key, other);
    await rejection(commit(), 'CAIN_STORE_EXISTS');
    expect(bucket.objects.get(key)?.bytes.equals(other)).to.equal(true);

    await bucket.put(key, Buffer.from('{}'));
    await rejection(commit(), 'CAIN_FORMAT');
    expect(bucket.objects.get(key)?.bytes.toString()).to.equal('{}');
  });

  for (const { ageMs, pruneGraceMs, isTooOld } of [
    { ageMs: 24 * hourMs, pruneGraceMs: 1000, isTooOld: false },
    { ageMs: 24 * hourMs + 1, pruneGraceMs: 1000, isTooOld: true },
    { ageMs: 47 * hourMs, pruneGraceMs: 48 * hourMs, isTooOld: false },
    { ageMs: 48 * hourMs + 1, pruneGraceMs: 48 * hourMs, isTooOld: true },
  ]) {
    it(`${isTooOld ? 'refuses' : 'commits'} a run of ${ageMs} ms with a grace of ${pruneGraceMs} ms`, async () => {
      const committing = commit([], { now: new Date(startedAt.getTime() + ageMs), pruneGraceMs });

      if (isTooOld) await rejection(committing, 'CAIN_ABANDONED');
      else await committing;

      expect(bucket.objects.has(key)).to.equal(!isTooOld);
    });
  }
});
