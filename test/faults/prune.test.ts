import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { messageOf } from '../../src/errors.ts';
import { clusterPrefix } from '../../src/store/layout.ts';
import { checkListedBackups, checkNothingIsLeft } from '../support/faults/check-backups.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { type FaultTally, strideOf, tallyFaults } from '../support/faults/results.ts';
import { errorCodeOf } from '../support/faults/run-outcome.ts';
import { seededNumbers } from '../support/faults/seeded-numbers.ts';
import { graceIsOver, sweepAll } from '../support/faults/sweep-all.ts';
import { fillShop, shopTables } from '../support/model/shop.ts';
import { buildCain, type CainRun } from '../support/run-cain.ts';
import { damagingKinds, type PruneFaultCase, pruneFaultCases, verifyFaultCases } from './prune-faults.ts';

const stride = strideOf('CAIN_FAULT_STRIDE');
const retention = { CAIN_KEEP_LAST: '2', CAIN_PRUNE_GRACE: '1s' };
const patience = { CAIN_RETRIES: '2', CAIN_STORE_TIMEOUT: '1s' };
const full = ['verify', '--full'];
const signal = new AbortController().signal;

describe('Prune and verify while the store misbehaves', function () {
  this.timeout(0);
  const random = seededNumbers(1);
  let tally: FaultTally;
  let lane: Lane;
  let lastBackupAt = new Date();
  let nights = 0;

  before(async () => {
    tally = tallyFaults('prune', { stride });
    await buildCain();
    lane = await startLane({ nodes: 1 });
    for (let night = 0; night < 3; night++) await backup();
    expect((await prune()).exitCode).to.equal(0);
  });
  after(async () => {
    await lane?.stop();
    tally.finish();
  });

  const prune = () => lane.cain(['prune'], { ...retention, ...patience });

  /** Files come, stay and go; another night's backup expires by it. */
  async function backup(): Promise<void> {
    const { ring } = lane.cluster;
    fillShop(ring, `night ${nights++}`, 2);
    if (nights % 2 === 0)
      for (const [keyspace, table] of shopTables)
        for (const { disk } of ring.members) disk.compact(ring.table(keyspace, table));
    lastBackupAt = new Date();
    const run = await lane.cain([]);
    expect(run.exitCode, run.stderr).to.equal(0);
  }

  /** As a run leaves it that was killed while it sent a large file. */
  async function leaveUpload(): Promise<void> {
    const { store, catalog, inventory } = lane.bucket();
    const manifest = (await catalog()).backups.at(-1);
    if (!manifest) throw new Error('No backup is listed');
    const key = (await inventory(manifest))[0]?.object.key ?? '';
    await store.beginUpload(`${key}.left`, { signal });
  }

  async function withFault(
    each: PruneFaultCase,
    run: () => Promise<CainRun>,
    { after = 0, prepare = async () => {} }: { after?: number; prepare?: () => Promise<void> } = {},
  ): Promise<CainRun> {
    const { request, kind, lasts, isUnbatched } = each;
    await prepare();
    if (isUnbatched)
      lane.proxy.inject({ kind: 'no-batches', request: 'delete-objects', times: Number.POSITIVE_INFINITY });
    const times = lasts ? { times: Number.POSITIVE_INFINITY } : {};
    lane.proxy.inject({ request, kind, after, staleSince: lastBackupAt, ...times });
    const ended = await run();
    const hits = lane.proxy.hitsOf(request);
    lane.proxy.takeHits();
    tally.injected(hits);
    // A night that had less to do than the one that was counted: the first such request is always there.
    if (hits === 0 && after > 0) return await withFault(each, run, { prepare });
    if (hits === 0) tally.missed(`${nameOf(each)}, ${ended.exitCode}`);
    return ended;
  }

  it('prune: nothing is taken that a backup needs, and the next one ends it', async () => {
    const counts = await countRequests();
    for (const each of pruneFaultCases.filter((_, index) => index % stride === 0)) {
      const after = each.lasts ? 0 : Math.floor(random() * (counts.get(each.request) ?? 1));
      try {
        const run = await withFault(each, prune, { after, prepare: leaveWork });
        await checkListedBackups(lane);
        tally.cell(`prune, ${each.request}`, faultOf(each), outcomeOf(run));
        const next = await prune();
        if (next.exitCode !== 0)
          throw new Error(`The next prune ${outcomeOf(next)}:\n${next.stderr.slice(-2000)}`);
        expect(await checkListedBackups(lane), 'backups').to.equal(2);
        await checkNothingIsLeft(lane);
      } catch (error) {
        tally.wronged(`prune, ${nameOf(each)}: ${messageOf(error)}`);
      }
      if (process.env.CAIN_FAULT_VERBOSE) console.log(`prune, ${nameOf(each)}`);
    }
    await sweepAll(lane, retention);
    expect((await lane.cain(full)).exitCode).to.equal(0);
  });

  /** A backup to expire, objects to sweep and an upload to abort. */
  async function leaveWork(): Promise<void> {
    await backup();
    await leaveUpload();
    await graceIsOver();
  }

  /** Of a prune that has all of it to do. */
  async function countRequests(): Promise<ReadonlyMap<string, number>> {
    await leaveWork();
    const counts = new Map<string, number>();
    lane.proxy.onAnswered = (request) => {
      const kind = request.split(' ')[0] ?? '';
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    };
    expect((await prune()).exitCode).to.equal(0);
    lane.proxy.onAnswered = undefined;
    return counts;
  }

  it('verify: calls nothing damaged that is whole, but where bytes arrived wrong', async () => {
    for (const each of verifyFaultCases.filter((_, index) => index % stride === 0)) {
      const run = await withFault(each, verifyAll);
      if (run.exitCode === 5 && !damagingKinds.has(each.kind))
        tally.wronged(`verify, ${nameOf(each)}: ${run.stderr.slice(-2000)}`);
      tally.cell(`verify of what is whole, ${each.request}`, faultOf(each), outcomeOf(run));
      const next = await verifyAll();
      if (next.exitCode !== 0) tally.wronged(`The verify after ${nameOf(each)} ${outcomeOf(next)}`);
    }
  });

  it('verify: never says of damage that all is whole', async () => {
    const mend = await damageAnObject();
    for (const each of verifyFaultCases.filter((_, index) => index % stride === 0)) {
      const run = await withFault(each, verifyAll);
      if (run.exitCode === 0) tally.wronged(`verify, ${nameOf(each)}: it passed what is damaged`);
      tally.cell(`verify of what is damaged, ${each.request}`, faultOf(each), outcomeOf(run));
      const next = await verifyAll();
      if (next.exitCode !== 5) tally.wronged(`The verify after ${nameOf(each)} ${outcomeOf(next)}`);
    }
    mend();

    expect((await verifyAll()).exitCode).to.equal(0);
  });

  const verifyAll = () => lane.cain(full, patience);

  /** A bit of one object of the newest backup, where the server keeps it; gives what turns it back. */
  async function damageAnObject(): Promise<() => void> {
    const { catalog, inventory } = lane.bucket();
    const manifest = (await catalog()).backups.at(-1);
    if (!manifest) throw new Error('No backup is listed');
    const line = (await inventory(manifest)).find(
      ({ file, sizeBytes }) => file.endsWith('-Data.db') && sizeBytes > 0,
    );
    if (!line) throw new Error('The newest backup holds no rows');
    const { s3, namespace, clusterName } = lane.cluster;
    const path = join(
      s3.directory,
      s3.bucket,
      'cain',
      clusterPrefix(namespace, clusterName),
      line.object.key,
    );
    const whole = readFileSync(path);
    const damaged = Buffer.from(whole);
    damaged[0] = (damaged[0] ?? 0) ^ 1;
    writeFileSync(path, damaged);
    return () => writeFileSync(path, whole);
  }
});

function faultOf({ kind, lasts }: PruneFaultCase): string {
  return lasts ? `${kind}, lasting` : kind;
}

function nameOf(each: PruneFaultCase): string {
  return `${faultOf(each)} of ${each.request}`;
}

/** Throws where a failure names no reason. */
function outcomeOf(run: CainRun): string {
  if (run.exitCode === 0) return 'done';
  const code = errorCodeOf(run);
  if (code === undefined)
    throw new Error(`Ended with ${run.exitCode ?? run.signal} and no reason:\n${run.stderr.slice(-2000)}`);
  return `failed, exit ${run.exitCode}, ${code}`;
}
