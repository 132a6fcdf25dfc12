import { closeSync, openSync, readSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkListedBackups, checkNothingIsLeft } from '../support/faults/check-backups.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { type FaultTally, tallyFaults } from '../support/faults/results.ts';
import { fileCrc32 } from '../support/file-crc32.ts';
import { filesIn } from '../support/model/sstables.ts';
import { mountThinDisk, type ThinDisk } from '../support/model/thin-disk.ts';
import { buildCain, type CainRun } from '../support/run-cain.ts';

const hugeBytes = 51_000_000_007;
/** Where the file is not zero: its ends, both sides of the largest object that one put may have, and of 2^32 and 2^35. */
const marks = [0, 2 ** 32 - 4, 5 * 2 ** 30 - 4, 2 ** 35 - 4, hugeBytes - 8].map(
  (at) => [at, `mark-${String(at % 1000).padStart(3, '0')}`.slice(0, 8)] as const,
);

describe('A file of 51 gigabytes', function () {
  this.timeout(0);
  let tally: FaultTally;
  let disk: ThinDisk | undefined;
  let lane: Lane;
  const { TMPDIR } = process.env;

  before(async function () {
    disk = await mountThinDisk(1.15 * hugeBytes);
    if (!disk) {
      console.log(
        'Skipped: here is no btrfs, or no room for the object that the server keeps (as root, with 60 GB free, Debian: apt-get install btrfs-progs; then npx mocha test/faults/huge.test.ts)',
      );
      this.skip();
    }
    tally = tallyFaults('huge');
    await buildCain();
    process.env.TMPDIR = disk.directory;
    lane = await startLane({ nodes: 1 });
  });
  after(async () => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    await lane?.stop();
    await disk?.unmount();
    tally?.finish();
  });

  function directory(): string {
    const { ring } = lane.cluster;
    return ring.member('cassandra-0').disk.directoriesOf(ring.table('shop1', 'users'))[0] ?? '';
  }
  /** Of a component that the model's nodes never read. */
  function path(): string {
    const file = filesIn(directory()).find((name) => name.endsWith('-Index.db')) ?? '';
    return join(directory(), file);
  }
  function marksOf(file: string): readonly string[] {
    const descriptor = openSync(file, 'r');
    try {
      return marks.map(([at, { length }]) => {
        const bytes = Buffer.alloc(length);
        readSync(descriptor, bytes, 0, length, at);
        return bytes.toString();
      });
    } finally {
      closeSync(descriptor);
    }
  }
  /** Past the proxy, which holds each body in memory. */
  const cain = (args: readonly string[], extra: Record<string, string> = {}) =>
    lane.cain(args, { AWS_S3_ENDPOINT: lane.cluster.s3.endpoint, ...extra });
  function succeeded(what: string, run: CainRun): void {
    expect(run.exitCode, run.stderr.slice(-3000)).to.equal(0);
    console.log(`      ${what}: ${run.seconds} s`);
  }

  it('is stored in parts, verified, and brought back (direct transfer)', async () => {
    const { ring, clusterName } = lane.cluster;
    ring.member('cassandra-0').disk.compact(ring.table('shop1', 'users'));
    truncateSync(path(), hugeBytes);
    const descriptor = openSync(path(), 'r+');
    for (const [at, text] of marks) writeSync(descriptor, text, at);
    closeSync(descriptor);
    const whole = fileCrc32(path());
    const settings = { CAIN_TRANSFER: 'direct' };

    const saved = await cain([], { ...settings, CAIN_FULL: 'true' });
    succeeded('backup', saved);
    expect(saved.lastCommit?.bytes).to.be.greaterThan(hugeBytes);
    await checkListedBackups(lane);
    const manifest = (await lane.bucket().catalog()).backups.at(-1);
    const lines = manifest ? await lane.bucket().inventory(manifest) : [];
    expect(lines.map(({ sizeBytes, crc32 }) => ({ sizeBytes, crc32 }))).to.deep.include(whole);
    succeeded('verify --full', await cain(['verify', '--full'], settings));
    rmSync(path());
    const tag = String(saved.lastCommit?.tag);
    const restored = await cain(['restore'], {
      ...settings,
      CAIN_TAG: tag,
      CAIN_TABLE: 'shop1.users',
      CAIN_RESTORE_ID: 'huge',
      CAIN_RESTORE_CONFIRM: `${clusterName}/${tag}`,
      CAIN_RESTORE_UNDO: 'clear',
    });
    succeeded('restore', restored);

    expect(statSync(path()).size).to.equal(hugeBytes);
    expect(marksOf(path())).to.deep.equal(marks.map(([, text]) => text));
    await checkNothingIsLeft(lane);
    tally.cell('backup, verify, restore (direct)', 'a sparse file of 51 GB', 'whole');
  });
});
