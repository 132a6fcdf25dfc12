import { expect } from 'chai';
import { parseDataKey } from '../../src/store/layout.ts';
import { checkListedBackups, checkNothingIsLeft } from '../support/faults/check-backups.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { type FaultTally, tallyFaults } from '../support/faults/results.ts';
import { backupOutcome, errorCodeOf, listedTags } from '../support/faults/run-outcome.ts';
import { fillShop } from '../support/model/shop.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';
import type { S3Fault } from '../support/s3-fault-proxy.ts';

const minuteMs = 60_000;

/** A pod tells of small files several at a time, every few hundredths of a second. */
const untoldFiles = 5;

describe('The commit of a backup', function () {
  this.timeout(600_000);
  let tally: FaultTally;
  let lane: Lane;

  before(async () => {
    tally = tallyFaults('commit');
    await buildCain();
    lane = await startLane();
    await backup('whole');
  });
  after(async () => {
    await lane?.stop();
    tally.finish();
  });
  afterEach(() => {
    lane.proxy.clockSkewMs = 0;
    lane.proxy.assertAllHit();
  });

  async function backup(wanted: string, extra: Record<string, string> = {}): Promise<CainRun> {
    fillShop(lane.cluster.ring, String(Math.random()), 1);
    const tags = await listedTags(lane);
    const run = await lane.cain([], { CAIN_STORE_TIMEOUT: '2s', CAIN_RETRIES: '3', ...extra });
    expect(await backupOutcome(lane, run, tags), run.stderr).to.equal(wanted);
    return run;
  }
  function inject(...faults: S3Fault[]): void {
    for (const fault of faults) lane.proxy.inject(fault);
    tally.injected(faults.length);
  }
  /** The manifest's PUTs of what follows. */
  function countManifestPuts(): () => number {
    let count = 0;
    lane.proxy.onAnswered = (request) => {
      if (request.startsWith('manifest-put')) count++;
    };
    return () => count;
  }

  for (const kind of [
    'reset',
    'lose-answer',
    'error-after',
    'server-error',
    'slow-down',
    'cut-request',
  ] as const) {
    it(`holds when the manifest's PUT meets ${kind}`, async () => {
      inject({ kind, request: 'manifest-put' });

      await backup('whole');

      tally.cell('commit', kind, 'whole');
      await checkNothingIsLeft(lane);
    });
  }

  it('takes a 412 to its own second try for the success that it is', async () => {
    const puts = countManifestPuts();
    inject({ kind: 'lose-answer', request: 'manifest-put' });

    await backup('whole');

    expect(puts(), 'the server answered both').to.equal(2);
    lane.proxy.onAnswered = undefined;
    tally.cell('commit', '412 to our own retry', 'whole');
  });

  it('says that it does not know when the answer is lost and nothing can be read back, and deletes nothing', async () => {
    const retries = { CAIN_RETRIES: '0' };
    inject(
      { kind: 'lose-answer', request: 'manifest-put' },
      { kind: 'forbidden', request: 'get', pathMatches: /manifest\.json/, times: Number.POSITIVE_INFINITY },
    );
    const tags = await listedTags(lane);

    fillShop(lane.cluster.ring, 'unclear', 1);
    const run = await lane.cain([], retries);

    lane.proxy.assertAllHit();
    const outcome = await backupOutcome(lane, run, tags);
    tally.cell('commit', 'answer lost, reading back refused', outcome);
    expect(run.exitCode).to.not.equal(0);
    await backup('whole');
    await checkNothingIsLeft(lane);
  });

  for (const [minutes, wanted] of [
    [4, 'whole'],
    [-4, 'whole'],
    [6, 'failed, exit 1, CAIN_TAG'],
    [-6, 'failed, exit 1, CAIN_TAG'],
  ] as const) {
    it(`meets a store whose clock is ${minutes} minutes off`, async () => {
      lane.proxy.clockSkewMs = minutes * minuteMs;
      tally.injected(1);

      await backup(wanted);

      tally.cell('commit', `the store's clock is ${minutes} minutes off`, wanted);
    });
  }

  it('comes about although five runs before it were cut by their deadline', async () => {
    const settings = { CAIN_DST: `s3://${lane.cluster.s3.bucket}/cut`, CAIN_PARALLEL: '1' };
    const { ring } = lane.cluster;
    // Many SSTables: five cuts must leave something to the sixth run.
    for (let flush = 0; flush < 8; flush++) {
      fillShop(ring, `many ${flush}`, 20);
      for (const { disk } of ring.members)
        for (const name of ['shop', 'shop1'])
          for (const table of ring.schema.tablesOf(name)) disk.flush(table);
    }
    const stored: StoredKeys = new Set();
    for (let cut = 0; cut < 5; cut++) {
      const before = stored.size;
      await cutAfter(filesOfACut, settings, stored);
      expect(stored.size - before, 'files that the cut run stored').to.be.at.least(filesOfACut);
    }
    const ofCutRuns = new Set(stored);

    const end = countStored(stored);
    const last = await lane.cain([], settings);
    end();

    expect(last.exitCode, last.stderr).to.equal(0);
    expect(await checkListedBackups(lane, 'cut')).to.equal(1);
    await checkNothingIsLeft(lane, 'cut');
    const [manifest] = (await lane.bucket('cut').catalog()).backups;
    if (!manifest) throw new Error('No backup is listed');
    const lines = await lane.bucket('cut').inventory(manifest);
    const own = lines.filter(({ object }) => parseDataKey(object.key)?.tag === manifest.tag);
    const taken = lines.length - own.length;
    // Of each cut run and node, what was under way and what the pod had put and not told yet is stored again.
    const lost = ofCutRuns.size - taken;
    expect(lost, 'files stored in vain').to.be.within(0, 5 * lane.cluster.ring.members.length * untoldFiles);
    expect(stored.size - ofCutRuns.size, 'files that the last run stored').to.equal(lines.length - taken);
    const sum = (of: typeof lines) => of.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
    expect(last.lastCommit).to.include({
      files: lines.length,
      bytes: sum(lines),
      uploadedBytes: sum(own),
      reusedBytes: sum(lines) - sum(own),
    });
    tally.cell(
      'first backup',
      'cut by its deadline five times in a row',
      'the sixth run is whole and uploads only what is missing',
    );
    tally.injected(5);
  });

  /** SIGTERM once so many files of the snapshot are stored; `stored` gains their keys. */
  async function cutAfter(
    files: number,
    settings: Record<string, string>,
    stored: StoredKeys,
  ): Promise<void> {
    const from = stored.size;
    // Slowly, so that there is something left to be cut off.
    const child = startCain([], lane.env({ ...settings, CAIN_BANDWIDTH_LIMIT: '8KiB' }));
    const end = countStored(stored, () => {
      if (stored.size === from + files) child.kill('SIGTERM');
    });
    const run = await child.ended;
    end();
    expect(run.exitCode, run.stderr).to.equal(143);
    expect(errorCodeOf(run)).to.equal('CAIN_TERMINATED');
  }

  /** Until it is told to end. */
  function countStored(stored: StoredKeys, onStored?: () => void): () => void {
    lane.proxy.onAnswered = (request) => {
      // No checkpoints of ours.
      if (!/^(conditional-)?put (?!.*\.cain\/).*\/\d{14}\/cassandra-\d\//.test(request)) return;
      stored.add(request);
      onStored?.();
    };
    return () => {
      lane.proxy.onAnswered = undefined;
    };
  }
});

/** Of the objects of data that the server has taken. */
type StoredKeys = Set<string>;

const filesOfACut = 8;
