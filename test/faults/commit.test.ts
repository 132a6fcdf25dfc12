import { expect } from 'chai';
import { checkListedBackups, checkNothingIsLeft } from '../support/faults/check-backups.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { type FaultTally, tallyFaults } from '../support/faults/results.ts';
import { backupOutcome, errorCodeOf, listedTags } from '../support/faults/run-outcome.ts';
import { fillShop } from '../support/model/shop.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';
import type { S3Fault } from '../support/s3-fault-proxy.ts';

const minuteMs = 60_000;

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
      { kind: 'forbidden', request: 'get', pathMatches: /manifest\.json/, after: 0, times: 50 },
    );
    const tags = await listedTags(lane);

    fillShop(lane.cluster.ring, 'unclear', 1);
    const run = await lane.cain([], retries);

    lane.proxy.takeHits();
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
    fillShop(lane.cluster.ring, 'many', 200);
    const uploaded: number[] = [];
    for (let cut = 0; cut < 5; cut++) uploaded.push(await cutAfter(8, settings));

    const last = await lane.cain([], settings);

    expect(last.exitCode, last.stderr).to.equal(0);
    expect(await checkListedBackups(lane, 'cut')).to.equal(1);
    await checkNothingIsLeft(lane, 'cut');
    expect(uploaded, 'each run stored some files').to.satisfy((counts: number[]) =>
      counts.every((count) => count > 0),
    );
    const { files, uploadedFiles } = last.lastCommit as { files?: number; uploadedFiles?: number };
    if (files !== undefined && uploadedFiles !== undefined) expect(uploadedFiles).to.be.lessThan(files);
    tally.cell(
      'first backup',
      'cut by its deadline five times in a row',
      'the sixth run is whole and uploads only what is missing',
    );
    tally.injected(5);
  });

  /** SIGTERM once so many files of the snapshot are stored. Gives their number at the end. */
  async function cutAfter(files: number, settings: Record<string, string>): Promise<number> {
    const child = startCain([], lane.env(settings));
    let stored = 0;
    lane.proxy.onAnswered = (request) => {
      if (!/^(conditional-)?put .*\/cassandra-\d\/\w+\//.test(request)) return;
      stored++;
      if (stored === files) child.kill('SIGTERM');
    };
    const run = await child.ended;
    lane.proxy.onAnswered = undefined;
    expect(run.exitCode, run.stderr).to.equal(143);
    expect(errorCodeOf(run)).to.equal('CAIN_TERMINATED');
    return stored;
  }
});
