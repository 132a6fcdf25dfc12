import { crashEverywhere } from '../support/faults/crash-lanes.ts';
import { type FaultTally, tallyFaults } from '../support/faults/results.ts';
import { buildCain } from '../support/run-cain.ts';
import { backupCrashes, firstBackupCrashes, pruneCrashes, restoreCrashes } from './crash-scenarios.ts';

/** Every effect is a crash point; a larger number takes every so manyth. */
const stride = Number(process.env.CAIN_CRASH_STRIDE ?? 1);

describe('A process killed after each of its effects', function () {
  this.timeout(0);
  let tally: FaultTally;

  before(async () => {
    tally = tallyFaults('crashes');
    await buildCain();
  });
  after(() => tally.finish());

  for (const scenario of [firstBackupCrashes, backupCrashes, pruneCrashes, restoreCrashes]) {
    it(`${scenario.phase}: whatever was listed is whole, and the next run succeeds`, async () => {
      await crashEverywhere(tally, scenario, { stride, lanes: 2 });
    });
  }
});
