import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { messageOf } from '../../src/errors.ts';
import { checkListedBackups, checkNothingIsLeft, findGarbage } from '../support/faults/check-backups.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { type FaultTally, tallyFaults } from '../support/faults/results.ts';
import { backupOutcome, listedTags } from '../support/faults/run-outcome.ts';
import { seededNumbers } from '../support/faults/seeded-numbers.ts';
import { shopTables } from '../support/model/shop.ts';
import { buildCain, startCain } from '../support/run-cain.ts';
import type { S3FaultKind } from '../support/s3-fault-proxy.ts';

/** CAIN_SOAK=1000 is the whole of it: an hour on two quiet cores. */
const rounds = Number(process.env.CAIN_SOAK ?? 60);
const seed = Number(process.env.CAIN_SOAK_SEED ?? 1);
const kept = 4;
const settings = {
  CAIN_KEEP_LAST: String(kept),
  CAIN_PRUNE_GRACE: '1s',
  CAIN_RETRIES: '1',
  CAIN_STORE_TIMEOUT: '2s',
};
const storeFaults: readonly S3FaultKind[] = [
  'server-error',
  'reset',
  'lose-answer',
  'slow-down',
  'stall',
  'error-after',
];

describe('Night after night', function () {
  this.timeout(0);
  let tally: FaultTally;
  let lane: Lane;

  before(async () => {
    tally = tallyFaults('soak');
    await buildCain();
    lane = await startLane();
  });
  after(async () => {
    await lane?.stop();
    tally.finish();
  });

  it(`${rounds} backups with retention, every third with a fault: all that is listed is whole, memory and objects stay as many`, async () => {
    const random = seededNumbers(seed);
    const peaks: number[] = [];
    for (let round = 0; round < rounds; round++) {
      change(round);
      const isFaulty = random() < 1 / 3;
      const outcome = isFaulty ? await faultyRun(random) : await quietRun(peaks);
      tally.cell('soak', isFaulty ? 'a random fault' : 'none', outcome);
      if (round % 20 === 19) await check(round);
    }
    await settle();
    expect(mean(peaks.slice(-5)), 'peak memory of the last runs, in KiB').to.be.lessThan(
      1.25 * mean(peaks.slice(0, 5)),
    );
  });

  function change(round: number): void {
    const { ring } = lane.cluster;
    ring.insert('shop1', 'users', `user ${round % 50}`, `v ${round}`);
    if (round % 4 === 0)
      for (const [keyspace, table] of shopTables)
        for (const { disk } of ring.members) disk.compact(ring.table(keyspace, table));
  }

  async function quietRun(peaks: number[]): Promise<string> {
    const tags = await listedTags(lane);
    const child = startCain([], lane.env(settings));
    let peak = 0;
    lane.proxy.onAnswered = () => {
      peak = Math.max(peak, peakMemory(child.pid));
    };
    const run = await child.ended;
    lane.proxy.onAnswered = undefined;
    peaks.push(peak);
    const outcome = await backupOutcome(lane, run, tags);
    if (outcome !== 'whole') tally.wronged(`A run without a fault ${outcome}:\n${run.stderr.slice(-2000)}`);
    return outcome;
  }

  /** Killed anywhere, or with a store that fails somewhere. */
  async function faultyRun(random: () => number): Promise<string> {
    const tags = await listedTags(lane);
    if (random() < 0.5) {
      const { killedAfter } = await lane.cainKilledAt(1 + Math.floor(random() * 90), [], settings);
      if (killedAfter !== undefined) tally.crashed();
      await checkListedBackups(lane);
      return killedAfter === undefined ? 'whole' : 'killed';
    }
    const kind = storeFaults[Math.floor(random() * storeFaults.length)] ?? 'reset';
    lane.proxy.inject({ kind, after: Math.floor(random() * 60), times: 1 + Math.floor(random() * 4) });
    const run = await lane.cain([], settings);
    tally.injected(lane.proxy.takeHits());
    try {
      return await backupOutcome(lane, run, tags);
    } catch (error) {
      tally.wronged(`${kind}: ${messageOf(error)}`);
      return 'WRONG';
    }
  }

  async function check(round: number): Promise<void> {
    if (process.env.CAIN_FAULT_VERBOSE) console.log(`${round + 1} rounds`);
    const listed = await checkListedBackups(lane);
    // A run that was killed may have left its own retention undone: the next one does it.
    expect(listed).to.be.within(1, kept + 1);
  }

  /** Once the grace is over: the objects of the backups that are listed, and no other. */
  async function settle(): Promise<void> {
    for (let each = 0; each < 3; each++) {
      await quietRun([]);
      const limit = Date.now() + 1100;
      while (Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await lane.cain(['prune'], settings)).exitCode).to.equal(0);
    await checkNothingIsLeft(lane);
    expect(await findGarbage(lane)).to.deep.equal([]);
    expect(await checkListedBackups(lane)).to.equal(kept);
    const catalog = await lane.bucket().catalog();
    const live = new Set(catalog.backups.map(({ tag }) => tag));
    const known = new Set([
      ...live,
      ...catalog.abandoned.map(({ tag }) => tag),
      ...catalog.expired.map(({ record }) => record.tag),
    ]);
    const records = (await lane.bucket().keys()).filter((key) => key.startsWith('.cain/backups/'));
    expect(
      records.filter((key) => !known.has(key.split('/')[2] ?? '')),
      'records of no known tag',
    ).to.deep.equal([]);
    for (const { tag, nodes, roles } of catalog.backups) {
      // Manifest, topology, schema, roles where they were read, an inventory a node.
      const expected = 3 + (roles ? 1 : 0) + nodes.length;
      expect(records.filter((key) => key.startsWith(`.cain/backups/${tag}/`)).length).to.equal(expected);
    }
  }
});

/** In KiB. */
function peakMemory(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
