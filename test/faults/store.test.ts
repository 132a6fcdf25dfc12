import { startLane } from '../support/faults/lane.ts';
import { type FaultTally, strideOf, tallyFaults } from '../support/faults/results.ts';
import { buildCain } from '../support/run-cain.ts';
import { storeFaultCases } from './store-faults.ts';
import { runStoreCases } from './store-runs.ts';

const lanes = 2;
const stride = strideOf('CAIN_FAULT_STRIDE');

describe('A backup while the store misbehaves', function () {
  this.timeout(0);
  let tally: FaultTally;

  before(async () => {
    tally = tallyFaults('store', { stride });
    await buildCain();
  });
  after(() => tally.finish());

  for (const transfer of ['exec', 'direct'] as const) {
    it(`is whole, or failed and says why (${transfer} transfer)`, async () => {
      const cases = storeFaultCases().filter((_, index) => index % stride === 0);
      await Promise.all(
        Array.from({ length: lanes }, async (_, index) => {
          const own = cases.filter((__, at) => at % lanes === index);
          const lane = await startLane({ nodes: 1 });
          try {
            await runStoreCases(lane, tally, own, transfer);
          } finally {
            await lane.stop();
          }
        }),
      );
    });
  }
});
