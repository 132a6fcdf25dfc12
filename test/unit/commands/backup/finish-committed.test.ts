import { expect } from 'chai';
import { finishCommitted } from '../../../../src/commands/backup/finish-committed.ts';
import type { ClusterState } from '../../../../src/commands/backup/take-snapshots.ts';
import { CainError } from '../../../../src/errors.ts';
import type { Settings } from '../../../../src/settings/table.ts';
import { checkpointKey, differentialMarkKey, manifestKey, runKey } from '../../../../src/store/layout.ts';
import { manifestBytes } from '../../../../src/store/manifest.ts';
import { recordBytes } from '../../../../src/store/run-record.ts';
import type { Store } from '../../../../src/store/store.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { withFaults } from '../../../support/faulty-store.ts';
import { goldenManifest } from '../../../support/golden-manifest.ts';
import { type MemoryStore, openMemoryStore } from '../../../support/memory-store.ts';

const tag = '20260101000000';
const mark = differentialMarkKey({ keyspace: 'shop', sum: 'abcdef', tag });
const state = {
  descriptions: [{ keyspace: 'shop', text: Buffer.from(''), sum: 'abcdef' }],
} as unknown as ClusterState;

describe('finishCommitted', () => {
  let bucket: MemoryStore;

  async function prepare(): Promise<void> {
    const manifest = { ...goldenManifest(tag), plan: 'default', completeTags: [] };
    await bucket.put(manifestKey(tag), manifestBytes(manifest));
    await bucket.put(
      runKey(tag),
      recordBytes({ format: 1, tag, plan: 'default', startedAt: '', keyspaces: [], nodes: [] }),
    );
    await bucket.put(checkpointKey(tag, 'pod-0', 1), Buffer.from('x'));
    await bucket.put(mark, Buffer.from('x'));
  }
  beforeEach(() => {
    bucket = openMemoryStore();
  });

  function run(store: Store = bucket, signal?: AbortSignal) {
    const made = backupRun({
      store,
      nodes: { 'pod-0': ['/data'] },
      settings: { pruneGraceMs: 24 * 3600_000 } as Partial<Settings>,
      ...(signal ? { signal } : {}),
    });
    return { ...made, lease: { confirm: async () => {} } as typeof made.lease };
  }

  it('removes the records of the run, and the marks of a full backup', async () => {
    await prepare();

    const { cleanupSucceeded } = await finishCommitted(run(), state, true);

    expect(cleanupSucceeded).to.equal(true);
    expect([...bucket.objects.keys()]).to.deep.equal([manifestKey(tag)]);
  });

  it('leaves the marks of a differential backup', async () => {
    await prepare();

    await finishCommitted(run(), state, false);

    expect(bucket.objects.has(mark)).to.equal(true);
    expect(bucket.objects.has(runKey(tag))).to.equal(false);
  });

  it('leaves the run record while a checkpoint is there: a sweep finds both by it', async () => {
    await prepare();
    const store = withFaults(bucket, [
      { method: 'delete', keyMatches: /jsonl\.gz/, error: new CainError('CAIN_STORE_ACCESS', 'denied') },
    ]);

    const { cleanupSucceeded } = await finishCommitted(run(store), state, false);

    expect(cleanupSucceeded).to.equal(false);
    expect(bucket.objects.has(runKey(tag))).to.equal(true);
    store.assertAllHit();
  });

  it('tells what the store would not delete', async () => {
    bucket = openMemoryStore({ refusesDeletion: () => 'locked' });
    await prepare();
    const made = run();

    const { cleanupSucceeded } = await finishCommitted(made, state, true);

    expect(cleanupSucceeded).to.equal(false);
    expect(made.log.messages('warn')).to.include('Removing the records of this run failed');
  });

  it('never fails a backup that stands: not when it is told to stop, nor when the store is gone', async () => {
    await prepare();
    const gone = new CainError('CAIN_STORE', 'gone', { retryable: true });
    const store = withFaults(bucket, [
      { method: 'delete', error: gone },
      { method: 'listNames', error: gone },
    ]);

    const failed = await finishCommitted(run(store), state, true);
    const stopped = await finishCommitted(run(bucket, AbortSignal.abort(new Error('stop'))), state, true);

    expect([failed.cleanupSucceeded, failed.prune?.isSuccess]).to.deep.equal([false, false]);
    expect([stopped.cleanupSucceeded, stopped.prune?.isSuccess]).to.deep.equal([false, false]);
    expect(bucket.objects.has(manifestKey(tag))).to.equal(true);
    store.assertAllHit();
  });
});
