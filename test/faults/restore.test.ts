import { expect } from 'chai';
import { messageOf } from '../../src/errors.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { type FaultTally, strideOf, tallyFaults } from '../support/faults/results.ts';
import { errorCodeOf } from '../support/faults/run-outcome.ts';
import { fillShop, shopRows } from '../support/model/shop.ts';
import { buildCain } from '../support/run-cain.ts';
import type { S3Fault } from '../support/s3-fault-proxy.ts';

const once = [
  'server-error',
  'slow-down',
  'reset',
  'stall',
  'slow',
  'forbidden',
  'expired-credentials',
] as const;
const ofBodies = ['damage-response', 'shorten-response', 'reset-mid-response', 'stall-mid-response'] as const;

/** Data objects, which are read last; records, which are read first; and all requests of a kind for good. */
const cases: ReadonlyArray<S3Fault & { readonly phase: string }> = [
  ...[...once, ...ofBodies].flatMap((kind) => [
    { kind, request: 'get' as const, pathMatches: /-Data\.db/, phase: 'get of a data object' },
    { kind, request: 'get' as const, pathMatches: /\.cain\/backups/, phase: 'get of a record' },
  ]),
  ...once.map((kind) => ({ kind, request: 'list' as const, phase: 'list' })),
  ...(['server-error', 'forbidden', 'damage-response', 'shorten-response'] as const).map((kind) => ({
    kind,
    request: 'get' as const,
    pathMatches: /-Data\.db/,
    times: Number.POSITIVE_INFINITY,
    phase: 'get of every data object',
  })),
];

const stride = strideOf('CAIN_FAULT_STRIDE');

describe('A restore while the store or a disk misbehaves', function () {
  this.timeout(0);
  let tally: FaultTally;
  let lane: Lane;
  let tag: string;
  let saved: ReturnType<typeof shopRows>;
  let restores = 0;

  before(async () => {
    tally = tallyFaults('restore', { stride });
    await buildCain();
    lane = await startLane({ nodes: 1, smallDiskMb: 24 });
    lane.cluster.ring.schema.create('CREATE TABLE shop.media (id text PRIMARY KEY, v text)');
    lane.cluster.ring.insert('shop', 'media', 'film', 'x'.repeat(3 * 1024 * 1024));
    const run = await lane.cain([]);
    expect(run.exitCode, run.stderr).to.equal(0);
    tag = String(run.lastCommit?.tag);
    saved = rows();
  });
  after(async () => {
    await lane?.stop();
    tally.finish();
  });

  function rows(): ReturnType<typeof shopRows> {
    return shopRows(lane.cluster.ring);
  }
  function settings(extra: Record<string, string> = {}): Record<string, string> {
    return {
      CAIN_RESTORE_ID: `fault-${restores}`,
      CAIN_TAG: tag,
      CAIN_RESTORE_CONFIRM: `${lane.cluster.clusterName}/${tag}`,
      CAIN_RESTORE_UNDO: 'clear',
      CAIN_RETRIES: '2',
      CAIN_STORE_TIMEOUT: '1s',
      ...extra,
    };
  }

  /** It brings back all rows; or it fails, says why and has destroyed nothing, and resumed without the fault it brings back all. */
  async function tryRestore(extra: Record<string, string>, undo: () => void): Promise<string> {
    restores++;
    fillShop(lane.cluster.ring, `restore ${restores}`, 3);
    const held = rows();
    const run = await lane.cain(['restore'], settings(extra));
    undo();
    const code = errorCodeOf(run);
    if (run.exitCode !== 0) {
      expect(code, run.stderr).to.be.a('string');
      expect(rows(), 'the rows after a restore that failed while it staged').to.deep.equal(held);
      const resumed = await lane.cain(['restore'], settings());
      expect(resumed.exitCode, resumed.stderr.slice(-3000)).to.equal(0);
    }
    expect(rows()).to.deep.equal(saved);
    expect((await lane.cain(['restore', '--clean'])).exitCode).to.equal(0);
    return run.exitCode === 0
      ? 'restored'
      : `failed, exit ${run.exitCode}, ${code}; nothing destroyed; resumed, restored`;
  }

  for (const transfer of ['exec', 'direct'] as const) {
    it(`restores, or fails, says why and has destroyed nothing (${transfer} transfer)`, async () => {
      for (const { phase, ...fault } of cases.filter((_, index) => index % stride === 0)) {
        const what = `${fault.kind} of ${phase} (${transfer})`;
        lane.proxy.inject(fault);
        let hits = 0;
        try {
          const outcome = await tryRestore({ CAIN_TRANSFER: transfer }, () => {
            hits = lane.proxy.takeHits();
          });
          tally.cell(`${phase} (${transfer})`, fault.times ? `${fault.kind}, lasting` : fault.kind, outcome);
          if (process.env.CAIN_FAULT_VERBOSE) console.log(`${what}: ${outcome}`);
        } catch (error) {
          tally.wronged(`${what}: ${messageOf(error)}`);
        }
        tally.injected(hits);
        if (hits === 0) tally.missed(what);
      }
    });
  }

  it('refuses when there is no room, and destroys nothing when the disk fills while it stages', async function () {
    const { smallDisk } = lane.cluster;
    if (!smallDisk) {
      console.log('Skipped: this user may not mount a small disk');
      this.skip();
    }
    smallDisk.fill(1024 * 1024);
    const refused = await tryRestore({}, smallDisk.free);
    expect(refused).to.match(/^failed, exit 3, CAIN_\w+; nothing destroyed/);
    tally.cell('restore', 'no room on the disk', refused);
    let isFull = false;
    lane.proxy.onAnswered = (request) => {
      if (isFull || !/^get .*-Data\.db/.test(request)) return;
      isFull = true;
      smallDisk.fill();
    };
    const outcome = await tryRestore({ CAIN_TRANSFER: 'exec' }, smallDisk.free);
    lane.proxy.onAnswered = undefined;
    tally.injected(isFull ? 2 : 1);
    if (!isFull) tally.missed('a disk that fills while a restore stages');
    else expect(outcome).to.match(/^failed, exit 1, CAIN_\w+; nothing destroyed/);
    tally.cell('restore, staging', 'the disk fills', outcome);
  });

  it('takes no snapshot on a full disk, and says so', async function () {
    const { smallDisk } = lane.cluster;
    if (!smallDisk) {
      console.log('Skipped: this user may not mount a small disk');
      this.skip();
    }
    smallDisk.fill();
    const full = await lane.cain([]);
    const wary = await lane.cain([], { CAIN_MIN_FREE: '10' });
    smallDisk.free();

    expect(full.exitCode, full.stderr).to.equal(1);
    expect(wary.exitCode, wary.stderr).to.be.oneOf([1, 3]);
    tally.injected(2);
    tally.cell('snapshot', 'the disk is full', `failed, exit ${full.exitCode}, ${errorCodeOf(full)}`);
    tally.cell(
      'snapshot',
      'the disk is nearly full, CAIN_MIN_FREE=10',
      `failed, exit ${wary.exitCode}, ${errorCodeOf(wary)}`,
    );
    expect((await lane.cain([])).exitCode).to.equal(0);
  });
});
