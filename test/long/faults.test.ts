import {
  backupCrashes,
  firstBackupCrashes,
  pruneCrashes,
  restoreCrashes,
} from '../faults/crash-scenarios.ts';
import { storeFaultCases } from '../faults/store-faults.ts';
import { runStoreCases } from '../faults/store-runs.ts';
import { crashEverywhere } from '../support/faults/crash-lanes.ts';
import { startLane } from '../support/faults/lane.ts';
import { tallyFaults } from '../support/faults/results.ts';
import { buildCain } from '../support/run-cain.ts';

/** A sample of `npm run test:faults`, which tries every point and every case. */
describe('Faults, a sample (long)', function () {
  this.timeout(600_000);
  before(buildCain);

  for (const [scenario, stride] of [
    [firstBackupCrashes, 80],
    [backupCrashes, 60],
    [pruneCrashes, 7],
    [restoreCrashes, 60],
  ] as const) {
    it(`${scenario.phase}, killed at some of its effects: the next run succeeds`, async () => {
      const tally = tallyFaults('sample');

      await crashEverywhere(tally, scenario, { stride, lanes: 1 });

      tally.finish();
    });
  }

  it('a store that fails, lies or is silent: a whole backup, or one that failed and says why', async () => {
    const tally = tallyFaults('sample');
    const lane = await startLane({ nodes: 1 });
    try {
      await runStoreCases(
        lane,
        tally,
        storeFaultCases().filter((_, index) => index % 61 === 3),
        'direct',
      );
    } finally {
      await lane.stop();
    }

    tally.finish();
  });
});
