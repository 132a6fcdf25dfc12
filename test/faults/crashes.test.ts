import { crashEverywhere } from '../support/faults/crash-lanes.ts';
import { type FaultTally, strideOf, tallyFaults } from '../support/faults/results.ts';
import { buildCain } from '../support/run-cain.ts';
import { backupCrashes, firstBackupCrashes, pruneCrashes, restoreCrashes } from './crash-scenarios.ts';

const stride = strideOf('CAIN_CRASH_STRIDE');

describe('A process killed after each of its effects', function () {
  this.timeout(0);
  let tally: FaultTally;

  before(async () => {
    tally = tallyFaults('crashes', { stride });
    await buildCain();
  });
  after(() => tally.finish());

  for (const scenario of [firstBackupCrashes, backupCrashes, pruneCrashes, restoreCrashes]) {
    it(`${scenario.phase}: whatever was listed is whole, and the next run succeeds`, async () => {
      await crashEverywhere(tally, scenario, { stride, lanes: 2 });
    });
  }
});
